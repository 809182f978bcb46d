import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Unread } from '../../src/room/unread';

it('[RCPT-4] counts, for any member and cursor, what others sent above it', () => {
  const senders = fc.constantFrom('ada', 'ben', 'cleo');
  const messages = fc.uniqueArray(fc.record({ seq: fc.integer({ min: 1, max: 200 }), sender: senders }), { selector: ({ seq }) => seq });
  fc.assert(
    fc.property(messages, fc.constantFrom('ada', 'ben', 'cleo', 'dan'), fc.integer({ min: 0, max: 201 }), (sent, user, above) => {
      const newestFirst = sent.toSorted((a, b) => b.seq - a.seq);
      const expected = sent.filter(({ seq, sender }) => seq > above && sender !== user).length;
      expect(new Unread(newestFirst).count(user, above)).toBe(expected);
    }),
  );
});
