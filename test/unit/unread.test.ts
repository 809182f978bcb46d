import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Unread } from '../../src/room/unread';

const senders = fc.constantFrom('ada', 'ben', 'cleo');
const messages = fc.uniqueArray(fc.record({ seq: fc.integer({ min: 1, max: 200 }), sender: senders }), { selector: ({ seq }) => seq });
const users = fc.constantFrom('ada', 'ben', 'cleo', 'dan');
const cursors = fc.integer({ min: 0, max: 201 });
const newestFirst = (sent: readonly { seq: number; sender: string }[]) => sent.toSorted((a, b) => b.seq - a.seq);

it('[RCPT-4] counts, for any member and cursor, what others sent above it', () => {
  fc.assert(
    fc.property(messages, users, cursors, (sent, user, above) => {
      const expected = sent.filter(({ seq, sender }) => seq > above && sender !== user).length;
      expect(new Unread(newestFirst(sent)).count(user, above)).toBe(expected);
    }),
  );
});

it('[INBOX-5] names whoever else wrote above a cursor, with their newest, the latest first, and so many at most', () => {
  fc.assert(
    fc.property(messages, users, cursors, fc.integer({ min: 1, max: 3 }), (sent, user, above, limit) => {
      const others = newestFirst(sent).filter(({ seq, sender }) => seq > above && sender !== user);
      const expected = [...new Set(others.map(({ sender }) => sender))].map((userId) => ({
        userId,
        seq: others.find(({ sender }) => sender === userId)?.seq,
      }));
      expect(new Unread(newestFirst(sent)).writers(user, above, limit)).toEqual(expected.slice(0, limit));
    }),
  );
});
