/**
 * One emoji by the way it is built (UTS #51): a flag of two letters, or parts joined by U+200D, each with its presentation, skin or tag.
 * `\p{RGI_Emoji}` would name each of four thousand, and compiling it alone takes as long as a screenful of lines.
 */
const part = String.raw`(?:[\d#*]\uFE0F\u20E3|(?![\d#*]|\p{Emoji_Presentation})\p{Emoji}\uFE0F|\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Emoji_Presentation}(?:[\u{E0020}-\u{E007E}]+\u{E007F})?)`;
const emoji = String.raw`(?:\p{Regional_Indicator}{2}|(?!\p{Regional_Indicator})${part}(?:\u200D${part})*)`;
const fewEmoji = new RegExp(String.raw`^(?:${emoji}\s?){1,3}$`, 'u');

/** Whether a text is one to three emoji and nothing else: such are shown large. */
export const isFewEmoji = (text: string): boolean => fewEmoji.test(text);
