import { expect, it } from 'vitest';
import { isFewEmoji } from '../../web/conversation/few-emoji';

/** What the engine itself knows of them, by their names: too slow to be compiled in a page. */
const byName = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

it('every code point alone, as a picture, in another skin and as a key is large exactly where Unicode has such an emoji', () => {
  const wrong: string[] = [];
  for (let codePoint = 0x20; codePoint < 0x20000; codePoint++) {
    if (codePoint >= 0xd800 && codePoint < 0xe000) continue;
    const character = String.fromCodePoint(codePoint);
    for (const text of [character, `${character}\uFE0F`, `${character}\u{1F3FD}`, `${character}\uFE0F\u20E3`]) {
      if (isFewEmoji(text) !== byName.test(text)) wrong.push(`${text} U+${codePoint.toString(16)} ${text.length}`);
    }
  }
  expect(wrong).toEqual([]);
});

it.each(['👩‍❤️‍💋‍👨', '👨‍👩‍👧‍👦', '🏳️‍🌈', '👩🏽‍⚕️', '🧑🏻‍❤️‍💋‍🧑🏿', '🐻‍❄️', '👁️‍🗨️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇩🇪', '🇩🇪🇫🇷 🇮🇹', '🙂 🙃 😉', '1️⃣2️⃣3️⃣'])(
  '%s is large',
  (text) => {
    expect(byName.test(text)).toBe(true);
    expect(isFewEmoji(text)).toBe(true);
  },
);

it.each(['', ' ', 'a', '1', '123', '©', '❤', '🇩', '🙂🙂🙂🙂', '🙂 a', 'a🙂', 'Привет', '🙂\u200D', '\u200D🙂', '🏻🏻🏻🏻'])(
  '“%s” is not',
  (text) => {
    expect(byName.test(text)).toBe(false);
    expect(isFewEmoji(text)).toBe(false);
  },
);
