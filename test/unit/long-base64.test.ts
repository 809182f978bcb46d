import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64InPlace } from '../../src/api/base64';
import { cutLongText } from '../../src/api/long-text';
import { readStream } from '../../src/read-bytes';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

/** What `atob` makes of it, `null` where it throws. */
function expected(text: string): Buffer | null {
  try {
    return Buffer.from(atob(text), 'latin1');
  } catch {
    return null;
  }
}

describe('base64 decoded over itself', () => {
  it('is what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const encoded = Buffer.from(bytes).toString('base64');
        expect(Buffer.from(decodeBase64InPlace(bytesOf(encoded)) ?? [1])).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('takes and refuses what atob takes and refuses', () => {
    const text = fc.string({ unit: fc.constantFrom(...'AQz09+/== \n\t-_é\0'), maxLength: 12 });
    fc.assert(
      fc.property(text, (base64) => {
        const decoded = decodeBase64InPlace(new Uint8Array(Buffer.from(base64, 'latin1')));
        expect(decoded === null ? null : Buffer.from(decoded)).toEqual(expected(base64));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the one long text of a JSON body', () => {
  const standIn = 'stand-in';

  it('is cut out wherever it stands, and the rest is the same JSON', () => {
    const short = fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean()), {
      maxKeys: 4,
    });
    // Of one byte a character, escaped where JSON must, or as some writers do.
    const long = fc.string({ unit: fc.constantFrom(...'aZ9+/="\\\n\t\u0007\u007f'), minLength: 41, maxLength: 200 });
    const writers = [
      JSON.stringify,
      (value: unknown) => JSON.stringify(value).replaceAll('/', '\\/').replaceAll('=', '\\u003d'),
      (value: unknown) => JSON.stringify(value, null, 2),
    ];
    fc.assert(
      fc.property(short, short, long, fc.constantFrom(...writers), (before, after, text, write) => {
        const json = write({ ...before, image: text, after: { ...after } });
        const cut = cutLongText(bytesOf(json), 64, standIn);
        if (cut === null) throw new Error('refused');
        const whole = JSON.parse(json);
        if (cut.text === null) expect(JSON.parse(Buffer.from(cut.json).toString())).toEqual(whole);
        else {
          expect(JSON.parse(Buffer.from(cut.json).toString())).toEqual({ ...whole, image: standIn });
          expect(Buffer.from(cut.text).toString()).toBe(text);
        }
      }),
    );
  });

  it('is refused with escapes that JSON does not know, or that are no single byte', () => {
    for (const wrong of ['\\x41', '\\u20ac', '\\u0', '\\uzzzz'])
      expect(cutLongText(bytesOf(`{"a":"${'A'.repeat(99)}${wrong}"}`), 64, '')).toBeNull();
  });

  it('is left to the parser where it does not end', () => {
    for (const json of ['{"a":"AAAA', '{"a":"AAAA\\"', '"', 'null', '']) {
      expect(cutLongText(bytesOf(json), 2, standIn)).toEqual({ json: bytesOf(json), text: null });
    }
  });
});

describe('reading a stream', () => {
  it('gives all of it, however it comes and whatever was announced, and stops above the limit', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(600), fc.nat(600), async (parts, announced, limit) => {
        const whole = Buffer.concat(parts);
        const read = await readStream(new Response(new Blob(parts.map((part) => new Uint8Array(part)))).body, announced, limit);
        expect(read === null ? null : Buffer.from(read)).toEqual(whole.length > limit ? null : whole);
        const piecewise = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const part of parts) controller.enqueue(part);
            controller.close();
          },
        });
        const again = await readStream(piecewise, announced, limit);
        expect(again === null ? null : Buffer.from(again)).toEqual(whole.length > limit ? null : whole);
      }),
    );
    expect(await readStream(null, 0, 10)).toEqual(new Uint8Array());
  });
});
