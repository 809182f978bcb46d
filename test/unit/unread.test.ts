import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Countable, Unread } from '../../src/room/unread';

const senders = fc.constantFrom('ada', 'ben', 'cleo');
const messages = fc.uniqueArray(fc.record({ seq: fc.integer({ min: 1, max: 200 }), sender: senders }), { selector: ({ seq }) => seq });
const users = fc.constantFrom('ada', 'ben', 'cleo', 'dan');
const cursors = fc.integer({ min: 0, max: 201 });
const newestFirst = (sent: readonly Countable[]) => sent.toSorted((a, b) => b.seq - a.seq);

/** Some of the messages were there when it was gathered, the others came while it was asked. */
function unreadOf(sent: readonly Countable[], gathered: number): Unread {
  const oldestFirst = newestFirst(sent).reverse();
  const unread = new Unread(oldestFirst.slice(0, gathered));
  for (const message of oldestFirst.slice(gathered)) {
    unread.writers('ada', 0, 1);
    unread.add(message);
  }
  return unread;
}

it('[RCPT-4] counts, for any member and cursor, what others sent above it', () => {
  fc.assert(
    fc.property(messages, fc.nat(20), users, cursors, (sent, gathered, user, above) => {
      const expected = sent.filter(({ seq, sender }) => seq > above && sender !== user).length;
      expect(unreadOf(sent, gathered).count(user, above)).toBe(expected);
    }),
  );
});

it('[INBOX-5] names whoever else wrote above a cursor, with their newest, the latest first, and so many at most', () => {
  fc.assert(
    fc.property(messages, fc.nat(20), users, cursors, fc.integer({ min: 1, max: 3 }), (sent, gathered, user, above, limit) => {
      const others = newestFirst(sent).filter(({ seq, sender }) => seq > above && sender !== user);
      const expected = [...new Set(others.map(({ sender }) => sender))].map((userId) => ({
        userId,
        seq: others.find(({ sender }) => sender === userId)?.seq,
      }));
      expect(unreadOf(sent, gathered).writers(user, above, limit)).toEqual(expected.slice(0, limit));
    }),
  );
});
