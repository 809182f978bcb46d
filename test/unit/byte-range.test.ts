import { expect, it } from 'vitest';
import { parseByteRange } from '../../src/media/byte-range';

it.each<[header: string | null, range: [number, number] | null]>([
  ['bytes=0-0', [0, 0]],
  ['bytes=0-99', [0, 99]],
  ['bytes=10-', [10, 99]],
  ['bytes=10-1000', [10, 99]],
  ['bytes=-1', [99, 99]],
  ['bytes=-1000', [0, 99]],
  [null, null],
  ['', null],
  ['bytes=-', null],
  ['bytes=-0', null],
  ['bytes=100-', null],
  ['bytes=7-3', null],
  ['bytes=0-1,5-6', null],
  ['bytes=a-b', null],
  ['lines=0-1', null],
  [`bytes=0-${'9'.repeat(400)}`, null],
])('a Range of %s is of 100 bytes %j', (header, range) => {
  expect(parseByteRange(header, 100)).toEqual(range === null ? null : { first: range[0], last: range[1] });
});
