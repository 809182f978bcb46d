import { hasKeyboard } from '../conversation/has-keyboard';

/** What Tab leads to, where it is to be seen. */
const reachable = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';

/**
 * Keeps the focus in a place where things come and go: what has it and is taken away leaves it to what stands there then, and what is
 * put out of use for a while gets it back. Dialogs that open in the place look after themselves. Nothing scrolls for it, since rows of a
 * long list go by being scrolled away, too. Who leaves it nowhere by a press on nothing wants that.
 * @returns ends it
 */
export function keepFocus(place: HTMLElement): () => void {
  const own = place.closest('dialog');
  const isOwn = (element: Element) => element.closest('dialog') === own;
  let last: HTMLElement | null = null;
  let index = 0;
  const reachables = () =>
    [...place.querySelectorAll<HTMLElement>(reachable)].filter((element) => isOwn(element) && element.checkVisibility());
  const remember = (element: HTMLElement) => {
    last = element;
    index = Math.max(0, reachables().indexOf(element));
  };
  const isUsable = (element: Element) => place.contains(element) && !element.matches(':disabled');
  const look = () => {
    if (last === null) return;
    const isThere = place.contains(last);
    if (isThere) remember(last);
    if (document.activeElement !== document.body) return;
    const others = reachables().filter((element) => isUsable(element) && (hasKeyboard() || !element.matches('input, textarea')));
    const next = isThere ? last : others[Math.min(index, others.length - 1)];
    if (next !== undefined && isUsable(next)) next.focus({ preventScroll: true });
  };
  const onFocusIn = ({ target }: FocusEvent) => {
    if (target instanceof HTMLElement && isOwn(target)) remember(target);
  };
  const onFocusOut = ({ target, relatedTarget }: FocusEvent) => {
    if (relatedTarget instanceof Node && !place.contains(relatedTarget)) last = null;
    if (relatedTarget !== null) return;
    // What is taken away tells of it before it is gone.
    queueMicrotask(() => {
      if (last !== null && last === target && isUsable(last)) last = null;
    });
  };
  const observer = new MutationObserver(look);
  observer.observe(place, { childList: true, subtree: true, attributeFilter: ['disabled'] });
  place.addEventListener('focusin', onFocusIn);
  place.addEventListener('focusout', onFocusOut);
  return () => {
    observer.disconnect();
    place.removeEventListener('focusin', onFocusIn);
    place.removeEventListener('focusout', onFocusOut);
  };
}
