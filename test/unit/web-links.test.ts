import { describe, expect, it } from 'vitest';
import { linkParts } from '../../web/conversation/links';

const linksOf = (text: string) => linkParts(text).flatMap(({ text: part, href }) => (href === null ? [] : [[part, href]]));
const same = (address: string) => [[address, address]];

describe('what is an address in a text', () => {
  it.each([
    ['see https://example.com/a?b=c#d now', same('https://example.com/a?b=c#d')],
    ['http://localhost:8787/', same('http://localhost:8787/')],
    ['Have you seen https://example.com/page? No.', same('https://example.com/page')],
    ['(https://example.com/page).', same('https://example.com/page')],
    ['[https://example.com/a], then', same('https://example.com/a')],
    ['https://en.wikipedia.org/wiki/Ada_(name)', same('https://en.wikipedia.org/wiki/Ada_(name)')],
    ['(https://en.wikipedia.org/wiki/Ada_(name))', same('https://en.wikipedia.org/wiki/Ada_(name)')],
    ['“https://example.com/”', same('https://example.com/')],
    ['https://example.com/ünïcode/道', same('https://example.com/ünïcode/道')],
    ['WWW.Example.com, please', [['WWW.Example.com', 'https://WWW.Example.com']]],
    [`https://example.com/${')'.repeat(4_980)}`, same('https://example.com/')],
    ['https://a.example https://b.example', [...same('https://a.example'), ...same('https://b.example')]],
  ])('%s', (text, links) => {
    expect(linksOf(text)).toEqual(links);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'https://',
    'https://...',
    'www.',
    'ftp://example.com',
    'me@www.example.com',
    'e.g. this',
  ])('none in %s', (text) => {
    expect(linksOf(text)).toEqual([]);
  });

  it.each(['', 'no address', ' https://example.com/ \n(www.example.com)…', 'https:// https://example.com'])(
    'nothing is lost of %j',
    (text) => {
      expect(
        linkParts(text)
          .map(({ text: part }) => part)
          .join(''),
      ).toBe(text);
    },
  );
});
