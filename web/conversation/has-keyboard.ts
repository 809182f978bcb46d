/** Where fingers type, Enter is for new lines, a button sends, and the focus must not open the keyboard by itself. */
export const hasKeyboard = () => matchMedia('(pointer: fine)').matches;
