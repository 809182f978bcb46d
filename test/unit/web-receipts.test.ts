import { beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../src/protocol/models';
import { lineOfMessage } from '../../web/conversation/line';
import { type Cursors, nowhere, type Standing, withCursors, withDelivered, withRead } from '../../web/receipts/cursors';
import { computeReceipt, receiptWords, stageOf } from '../../web/receipts/receipt';
import { ReceiptReporter } from '../../web/receipts/receipt-reporter';
import type { Notice } from '../../web/wire/room-wire';
import { adaId, boId, memberOf, messageOf } from './web-models';
import { FakePlatform, testId } from './web-platform';

describe('[RCPT-1] telling how far the user has got', () => {
  let platform: FakePlatform;
  let told: Notice[];
  let standing: Standing;
  let reporter: ReceiptReporter;

  beforeEach(() => {
    platform = new FakePlatform();
    told = [];
    standing = nowhere;
    reporter = new ReceiptReporter(
      platform,
      (notice) => told.push(notice),
      () => standing,
    );
  });

  it('[RCPT-1] each at most once a second, the newest only, at once after silence', async () => {
    reporter.setLive(true);
    for (let seq = 1; seq <= 25; seq++) {
      reporter.delivered(seq);
      reporter.read(testId(seq), seq);
      await platform.pass(100);
    }
    await platform.pass(2_000);
    const marks = (type: string) => told.filter((notice) => notice.type === type);
    expect(marks('mark_delivered').map((notice) => notice.type === 'mark_delivered' && notice.up_to_seq)).toEqual([1, 10, 20, 25]);
    expect(marks('mark_read').map((notice) => notice.type === 'mark_read' && notice.message_id)).toEqual([1, 10, 20, 25].map(testId));
  });

  it('[RCPT-1] only forward: an older line on screen, or what the room knows already, is not told', async () => {
    standing = { deliveredSeq: 5, readSeq: 5 };
    reporter.setLive(true);
    reporter.delivered(5);
    reporter.read(testId(5), 5);
    reporter.read(testId(7), 7);
    await platform.pass(5_000);
    reporter.read(testId(6), 6);
    await platform.pass(5_000);
    expect(told).toEqual([{ type: 'mark_read', message_id: testId(7) }]);
  });

  it('[RCPT-1] what was told into a dying connection is told again after the return, as long as the room is behind', async () => {
    reporter.setLive(true);
    reporter.delivered(3);
    reporter.read(testId(3), 3);
    reporter.setLive(false);
    reporter.read(testId(4), 4);
    await platform.pass(5_000);
    expect(told).toHaveLength(2);
    standing = { deliveredSeq: 3, readSeq: 0 };
    reporter.setLive(true);
    expect(told.slice(2)).toEqual([{ type: 'mark_read', message_id: testId(4) }]);
    standing = { deliveredSeq: 4, readSeq: 4 };
    reporter.setLive(false);
    reporter.setLive(true);
    await platform.pass(5_000);
    expect(told).toHaveLength(3);
  });

  it('[RCPT-1] tells the same once a connection, however often it is asked', async () => {
    reporter.setLive(true);
    for (let second = 0; second < 5; second++) {
      reporter.delivered(3);
      reporter.read(testId(3), 3);
      await platform.pass(1_000);
    }
    expect(told).toHaveLength(2);
  });

  it('[SYNC-2] what a storage said that is no more is forgotten', async () => {
    reporter.delivered(900);
    reporter.read(testId(900), 900);
    reporter.reset(3);
    reporter.delivered(3);
    reporter.setLive(true);
    await platform.pass(5_000);
    expect(told).toEqual([{ type: 'mark_delivered', up_to_seq: 3 }]);
  });
});

describe('[RCPT-2] what became of an own line', () => {
  const [cyId, diId] = [testId(903), testId(904)];
  const membersOf = (...members: Member[]) => new Map(members.map((member) => [member.user.id, member]));
  const group = membersOf(memberOf(adaId), memberOf(boId), memberOf(cyId));
  const line = lineOfMessage(messageOf(5, { sender_id: adaId, created_at: 5_000 }));
  const moved = (userId: string, up_to_seq: number) => [{ user_id: userId, up_to_seq, at: 9_000 }];
  const receiptOf = (cursors: Cursors, members = group, change = {}) =>
    computeReceipt({ ...line, ...change }, adaId, members.size, members, cursors);

  it('[RCPT-3] shows no reading to who tells none, not even what was told before', () => {
    const cursors = withRead(new Map(), [...moved(boId, 7), ...moved(cyId, 7)]);
    const told = { of: 2, delivered: 2, read: 2, viewed: 0, unopened: 0 };
    for (const change of [{}, { receipts: told }])
      expect(computeReceipt({ ...line, ...change }, adaId, group.size, group, cursors, false)).toEqual({ of: 2, delivered: 2, read: 0 });
  });

  it('[RCPT-1] [RCPT-2] goes from sent over delivered to read, and never back', () => {
    let cursors: Cursors = new Map();
    expect(stageOf(receiptOf(cursors))).toBe('sent');
    cursors = withDelivered(withDelivered(cursors, moved(boId, 5)), moved(cyId, 7));
    expect(stageOf(receiptOf(cursors))).toBe('delivered');
    cursors = withRead(cursors, moved(boId, 5));
    expect(receiptOf(cursors)).toEqual({ of: 2, delivered: 2, read: 1 });
    cursors = withRead(withDelivered(cursors, moved(boId, 2)), moved(cyId, 6));
    expect(stageOf(receiptOf(cursors))).toBe('read');
    cursors = withRead(cursors, moved(boId, 1));
    expect(stageOf(receiptOf(cursors))).toBe('read');
  });

  it('[BLOCK-1] stays sent where a cursor means nothing, whatever moves later', () => {
    const pair = membersOf(memberOf(adaId), memberOf(boId));
    const missed = [{ from_seq: 4, to_seq: 5 }];
    let cursors = withCursors(new Map(), [{ user_id: boId, delivered_seq: 9, read_seq: 7, missed }]);
    expect([4, 5].map((seq) => stageOf(receiptOf(cursors, pair, { seq })))).toEqual(['sent', 'sent']);
    expect([3, 6, 9].map((seq) => stageOf(receiptOf(cursors, pair, { seq })))).toEqual(['read', 'read', 'delivered']);
    cursors = withRead(cursors, moved(boId, 9));
    expect([5, 9].map((seq) => stageOf(receiptOf(cursors, pair, { seq })))).toEqual(['sent', 'read']);
    cursors = withDelivered(cursors, [{ user_id: boId, up_to_seq: 12, at: 9_000, missed: [...missed, { from_seq: 11, to_seq: 11 }] }]);
    expect([5, 10, 11, 12].map((seq) => stageOf(receiptOf(cursors, pair, { seq })))).toEqual(['sent', 'delivered', 'sent', 'delivered']);
  });

  it('[SEND-8] who joined later is not among its recipients', () => {
    const grown = membersOf(...group.values(), memberOf(diId, { joined_at: 6_000 }));
    const cursors = withCursors(new Map(), [{ user_id: diId, delivered_seq: 9, read_seq: 9 }]);
    expect(receiptOf(cursors, grown)).toEqual({ of: 2, delivered: 0, read: 0 });
  });

  it('[SYNC-2] where not all cursors are known, the server’s count stands, and only rises', () => {
    const receipts = { of: 400, delivered: 300, read: 120, viewed: 0, unopened: 0 };
    expect(receiptOf(new Map(), group, { receipts })).toEqual({ of: 400, delivered: 300, read: 120 });
  });

  it.each([
    [{ of: 1, delivered: 0, read: 0 }, false, 'Sent'],
    [{ of: 1, delivered: 1, read: 0 }, false, 'Delivered'],
    [{ of: 1, delivered: 1, read: 1 }, false, 'Read'],
    [{ of: 7, delivered: 0, read: 0 }, true, 'Sent'],
    [{ of: 7, delivered: 4, read: 0 }, true, 'Delivered to 4 of 7'],
    [{ of: 7, delivered: 7, read: 0 }, true, 'Delivered'],
    [{ of: 7, delivered: 5, read: 3 }, true, 'Read by 3 of 7'],
    [{ of: 7, delivered: 7, read: 7 }, true, 'Read by all'],
    [{ of: 0, delivered: 0, read: 0 }, true, 'Sent'],
  ])('%j in a group: %s reads “%s”', (receipt, isGroup, words) => {
    expect(receiptWords(receipt, isGroup)).toBe(words);
  });
});
