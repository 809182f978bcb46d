import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Media } from '../../src/protocol/models';
import { Room } from '../../web/conversation/room';
import { Drafts } from '../../web/drafts/drafts';
import { Unsent } from '../../web/unsent/unsent';
import { toKept } from '../../web/unsent/unsent-line';
import { MemoryVault } from '../../web/vault/vault';
import { createWire } from '../../web/wire';
import { Rest } from '../../web/wire/rest';
import { TokenKeeper } from '../../web/wire/token-keeper';
import type { Upload } from '../../web/wire/upload';
import { WireProblem } from '../../web/wire/wire-problem';
import { adaId, boId, chatId, memberOf, messageOf, welcomeOf } from './web-models';
import { FakePlatform, settle, testId } from './web-platform';
import { FakeBrowser } from './web-tabs';

const media: Media = {
  id: testId(700),
  mime_type: 'image/jpeg',
  byte_size: 3,
  width: 40,
  height: 30,
  duration_ms: null,
  file_name: null,
  placeholder: null,
  has_thumbnail: true,
};
const picture = { kind: 'image', blob: new Blob(['jpg'], { type: 'image/jpeg' }), width: 40, height: 30 } as const;

describe('a conversation', () => {
  let platform: FakePlatform;
  let room: Room;
  let browser: FakeBrowser;
  let vault: MemoryVault;
  let unsent: Unsent;
  let uploads: { readonly upload: Upload; finish(media: Media): void; fail(error: unknown): void }[];

  beforeEach(async () => {
    platform = new FakePlatform();
    const tokens = new TokenKeeper(platform, { lost() {}, userChanged() {} });
    tokens.adopt('a.token', 900);
    const wire = createWire(platform, tokens, new Rest(platform, tokens));
    uploads = [];
    vi.spyOn(wire.uploader, 'upload').mockImplementation((upload) => new Promise((finish, fail) => uploads.push({ upload, finish, fail })));
    browser = new FakeBrowser();
    vault = new MemoryVault();
    const tab = browser.openTab('this');
    unsent = new Unsent(Promise.resolve(vault), tab, ({ draft, writtenAt }) => room.adopt(draft, writtenAt));
    const listNews = { ended() {}, edited() {}, cleared() {} };
    room = new Room(wire, chatId, adaId, { unsent, drafts: new Drafts(Promise.resolve(vault), tab, platform), listNews });
    room.enter();
    await settle();
  });

  const seen = () => room.lines.value.map(({ text, type, state }) => [text ?? type, state.kind]);
  /** What was sent on the present connection, event by event, without receipts: they have tests of their own. */
  const sent = () => sentAll().filter(({ type }) => type !== 'mark_delivered' && type !== 'mark_read');
  const sentAll = () => platform.last.sent.filter((frame) => frame !== 'ping').flatMap((frame) => JSON.parse(frame));
  const accept = (id: string, seq: number, expiresAt: number | null = null) =>
    platform.last.deliver({
      type: 'message_accepted',
      id,
      seq,
      created_at: platform.now(),
      expires_at: expiresAt,
      expires_in_seconds: expiresAt === null ? null : 10,
      expire_mode: 'after_send',
    });

  it('[SEND-1] [SEND-2] a line is there at once, waits, is accepted, and is one line when its broadcast comes', () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendText('Hello');
    expect(seen()).toEqual([['Hello', 'waiting']]);
    const [{ id }] = sent();
    accept(id, 1);
    expect(seen()).toEqual([['Hello', 'accepted']]);
    platform.last.deliver({ type: 'new_message', rev: 2, message: messageOf(1, { id, sender_id: adaId, content: 'Hello' }) });
    expect(seen()).toEqual([['Hello', 'accepted']]);
  });

  it('[SEND-2] a refused line says so and can be sent again under its id, or taken back', () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendText('Hello');
    const [{ id }] = sent();
    platform.last.deliver({ type: 'error', code: 'forbidden', detail: '', ref: id });
    expect(seen()).toEqual([['Hello', 'failed']]);
    room.retry(id);
    expect(seen()).toEqual([['Hello', 'waiting']]);
    expect(sent().map((frame) => frame.id)).toEqual([id, id]);
    room.discard(id);
    expect(seen()).toEqual([]);
  });

  it('[SYNC-2] a reset keeps what is on its way and loses what the room no longer tells', async () => {
    platform.last.deliver(welcomeOf(5, { reset: true, messages: [messageOf(1), messageOf(2)] }));
    room.sendText('Hello');
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(1, { epoch: 'second', reset: true, messages: [messageOf(9)] }));
    expect(seen()).toEqual([
      ['Line 9', 'accepted'],
      ['Hello', 'waiting'],
    ]);
    expect(sent()).toHaveLength(1);
  });

  it('[EXP-1] a choice "disappears after" goes with the line, and the line goes at that millisecond', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.choices.expiresInSeconds.value = 10;
    room.sendText('Brief');
    const [frame] = sent();
    expect(frame).toMatchObject({ expires_in_seconds: 10, expire_mode: 'after_send' });
    accept(frame.id, 1, platform.now() + 10_000);
    await platform.pass(9_999);
    expect(seen()).toEqual([['Brief', 'accepted']]);
    await platform.pass(1);
    expect(seen()).toEqual([]);
  });

  it('[EXP-3] ends by the server’s clock, however wrong this one is', async () => {
    const ahead = platform.now() + 3_600_000;
    platform.last.deliver(welcomeOf(1, { reset: true, server_time: ahead, messages: [messageOf(1, { expires_at: ahead + 5_000 })] }));
    await platform.pass(4_999);
    expect(seen()).toHaveLength(1);
    await platform.pass(1);
    expect(seen()).toEqual([]);
  });

  it('[EXP-3] what ended while the page slept is gone when it wakes', () => {
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1, { expires_at: platform.now() + 5_000 })] }));
    const past = platform.now() + 6_000;
    platform.now = () => past;
    platform.wake();
    return vi.waitFor(async () => {
      await platform.pass(0);
      expect(seen()).toEqual([]);
    });
  });

  it('[SEND-5] a picture is uploaded, then sent with its medium; its memory is freed when it ends', async () => {
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendMedia([picture], 'A boat');
    expect(seen()).toEqual([['A boat', 'uploading']]);
    expect(sent()).toEqual([]);
    uploads[0]?.finish(media);
    await settle();
    const [frame] = sent();
    expect(frame).toMatchObject({ message_type: 'image', media_id: media.id, content: 'A boat' });
    accept(frame.id, 1, platform.now() + 10_000);
    const url = room.localMedia.get(frame.id)?.url;
    expect(url).toMatch(/^blob:/);
    await platform.pass(10_000);
    expect(revoked).toHaveBeenCalledWith(url);
    expect(room.localMedia.get(frame.id)).toBeUndefined();
  });

  it('media arrive in the order in which they were chosen, whichever is uploaded first; one that fails holds up none', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendMedia([picture, picture, picture], '');
    const order = () => sent().map(({ media_id }) => media_id);
    const [first, second, third] = [
      { ...media, id: testId(701) },
      { ...media, id: testId(702) },
      { ...media, id: testId(703) },
    ];
    uploads[2]?.finish(third);
    await settle();
    expect(order()).toEqual([]);
    uploads[0]?.finish(first);
    await settle();
    expect(order()).toEqual([first.id]);
    uploads[1]?.fail(new WireProblem('media_damaged', ''));
    await settle();
    expect(order()).toEqual([first.id, third.id]);
    room.retry(room.lines.value[1]?.id ?? '');
    uploads[3]?.finish(second);
    await settle();
    expect(order()).toEqual([first.id, third.id, second.id]);
  });

  it('a failed upload can be tried again, and one under way can be taken back', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendMedia([picture], '');
    uploads[0]?.fail(new WireProblem('offline', ''));
    await settle();
    expect(seen()).toEqual([['image', 'failed']]);
    const [line] = room.lines.value;
    room.retry(line?.id ?? '');
    expect(uploads).toHaveLength(2);
    expect(seen()).toEqual([['image', 'uploading']]);
    room.discard(line?.id ?? '');
    expect(uploads[1]?.upload.signal.aborted).toBe(true);
    expect(seen()).toEqual([]);
  });

  it('[SYNC-4] leaving a chat does not lose a line on its way', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendText('Hello');
    const [{ id }] = sent();
    room.leave();
    expect(platform.last.isClosed).toBe(false);
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(1));
    expect(sent()).toHaveLength(1);
    accept(id, 1);
    expect(platform.last.isClosed).toBe(true);
  });

  it('[LIVE-1] shows who types until they stop, send or run out', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    const typing = () => [...room.typists.until.value.keys()];
    const start = (userId: string) => platform.last.deliver({ type: 'user_typing', user_id: userId, expires_at: platform.now() + 5_000 });
    start(adaId);
    expect(typing()).toEqual([]);
    start(boId);
    expect(typing()).toEqual([boId]);
    platform.last.deliver({ type: 'new_message', rev: 2, message: messageOf(1) });
    expect(typing()).toEqual([]);
    start(boId);
    await platform.pass(5_000);
    expect(typing()).toEqual([]);
  });

  const readBy = (userId: string, upToSeq: number, at = platform.now()) => ({
    type: 'message_read',
    rev: 9,
    by: [{ user_id: userId, up_to_seq: upToSeq, at }],
  });

  it('[EXP-1] [RCPT-2] in a direct chat a line that counts from reading ends T after the reading, on either side', async () => {
    const clock = { expire_mode: 'after_read', expires_in_seconds: 10, expires_at: platform.now() + 2_592_000_000 } as const;
    platform.last.deliver(
      welcomeOf(1, { reset: true, messages: [messageOf(1, clock), messageOf(2, { ...clock, sender_id: adaId }), messageOf(3, clock)] }),
    );
    platform.last.deliver(readBy(adaId, 1));
    await platform.pass(4_000);
    platform.last.deliver(readBy(boId, 2));
    await platform.pass(5_999);
    expect(seen()).toHaveLength(3);
    await platform.pass(1);
    expect(seen().map(([text]) => text)).toEqual(['Line 2', 'Line 3']);
    await platform.pass(4_000);
    expect(seen().map(([text]) => text)).toEqual(['Line 3']);
  });

  it('[BLOCK-1] [EXP-1] a reading that passes over what was hidden from the reader starts no clock of it', async () => {
    const clock = { expire_mode: 'after_read', expires_in_seconds: 10, sender_id: adaId } as const;
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1, clock), messageOf(2, clock)] }));
    const [read] = readBy(boId, 2).by;
    platform.last.deliver({ ...readBy(boId, 2), by: [{ ...read, missed: [{ from_seq: 1, to_seq: 1 }] }] });
    await platform.pass(20_000);
    expect(seen().map(([text]) => text)).toEqual(['Line 1']);
  });

  it('[EXP-1] in a group one reading of an own line ends nothing', async () => {
    const clock = { expire_mode: 'after_read', expires_in_seconds: 10, sender_id: adaId } as const;
    const { chat } = welcomeOf(1);
    platform.last.deliver(
      welcomeOf(1, { reset: true, chat: { ...chat, is_group: true, member_count: 3 }, messages: [messageOf(1, clock)] }),
    );
    platform.last.deliver(readBy(boId, 1));
    await platform.pass(20_000);
    expect(seen()).toHaveLength(1);
    platform.last.deliver({ type: 'message_expired', message_id: testId(1), reason: 'expired', deleted_at: platform.now() });
    expect(seen()).toEqual([]);
  });

  it('[RCPT-1] tells once live what arrived, and what was looked at', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1), messageOf(2), messageOf(3, { sender_id: adaId })] }));
    expect(sentAll()).toEqual([{ type: 'mark_delivered', up_to_seq: 2 }]);
    room.receipts.looked(testId(2), 2);
    expect(room.receipts.ownReadSeq.value).toBe(2);
    expect(sentAll().at(-1)).toEqual({ type: 'mark_read', message_id: testId(2) });
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    const cursors = [{ user_id: adaId, delivered_seq: 2, read_seq: 0 }];
    platform.last.deliver(welcomeOf(2, { cursors }));
    expect(sentAll()).toEqual([{ type: 'mark_read', message_id: testId(2) }]);
  });

  it('[GROUP-2] members come, go and change roles; who left while nobody listened is told by the system line', async () => {
    const { chat } = welcomeOf(1);
    const [cyId, diId] = [testId(903), testId(904)];
    const group = { ...chat, is_group: true, name: 'Four', member_count: 3 };
    platform.last.deliver(welcomeOf(1, { reset: true, chat: group, members: [memberOf(adaId), memberOf(boId), memberOf(cyId)] }));
    const change = {
      type: 'members_changed',
      rev: 2,
      added: [memberOf(diId)],
      removed: [cyId],
      roles: [{ user_id: adaId, role: 'admin' }],
    };
    platform.last.deliver(change, change);
    const { members, people } = room.membership;
    expect([...members.value.keys()]).toEqual([adaId, boId, diId]);
    expect(people.value.has(cyId)).toBe(true);
    expect(room.membership.chat.value).toMatchObject({ member_count: 3, my_role: 'admin' });
    const { my_role: _, other_user: __, ...renamed } = { ...group, name: 'Renamed' };
    platform.last.deliver({ type: 'chat_changed', rev: 3, chat: renamed });
    expect(room.membership.chat.value).toMatchObject({ name: 'Renamed', my_role: 'admin' });

    const system = { kind: 'member_removed' as const, actor_id: adaId, user_ids: [boId], value: null };
    platform.last.closeWith(1006);
    await platform.pass(5_000);
    platform.last.deliver(welcomeOf(4, { chat: group, messages: [messageOf(9, { message_type: 'system', content: null, system })] }));
    expect([...members.value.keys()]).toEqual([adaId, diId]);
  });

  it('[GROUP-2] members who are called otherwise now are renamed wherever they are known, and nobody is counted twice', () => {
    const named = (id: string, display_name: string) => ({ ...memberOf(id), user: { ...memberOf(id).user, display_name } });
    const { chat } = welcomeOf(1);
    const [cyId, stranger] = [testId(903), testId(904)];
    platform.last.deliver(welcomeOf(1, { reset: true, chat, members: [memberOf(adaId), memberOf(boId)] }));
    const renamed = (id: string) => ({ type: 'members_changed', rev: 2, added: [], removed: [], roles: [], changed: [named(id, 'New')] });
    platform.last.deliver(renamed(boId));
    const { members, people } = room.membership;
    expect([members.value.get(boId), people.value.get(boId)]).toMatchObject([{ user: { display_name: 'New' } }, { display_name: 'New' }]);
    expect(room.membership.chat.value?.other_user?.display_name).toBe('New');

    // In a large group most members are not known here.
    const group = { ...chat, is_group: true, name: 'Many', member_count: 500 };
    platform.last.deliver(welcomeOf(3, { reset: true, chat: group, members: [memberOf(adaId), memberOf(cyId)] }));
    platform.last.deliver(renamed(cyId), renamed(stranger));
    expect([...members.value.keys()]).toEqual([adaId, cyId]);
    expect([cyId, stranger].map((id) => people.value.get(id)?.display_name)).toEqual(['New', 'New']);
    expect(room.membership.chat.value?.member_count).toBe(500);
  });

  it('[LIVE-2] knows who is here', () => {
    const [cyId] = [testId(903)];
    platform.last.deliver(welcomeOf(1, { reset: true, here: [adaId, boId] }));
    platform.last.deliver({ type: 'here_changed', here: [cyId], away: [boId] });
    expect(room.membership.here.value).toEqual(new Set([adaId, cyId]));
    platform.last.deliver({ type: 'here_changed', count: 250 });
    expect(room.membership.here.value).toBe(250);
  });

  it('[SEND-6] what is asked of a line resolves with its answer, and says why it did not', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1, { sender_id: adaId })] }));
    const reaction = room.actions.react(testId(1), '👍');
    expect(sentAll().at(-1)).toEqual({ type: 'react', id: testId(1), emoji: '👍' });
    platform.last.deliver({ type: 'reactions_changed', rev: 2, message_id: testId(1), reactions: [{ emoji: '👍', user_ids: [adaId] }] });
    await reaction;
    expect(room.lines.value[0]?.reactions).toHaveLength(1);

    const refused = expect(room.actions.deleteLine(testId(1))).rejects.toMatchObject({ code: 'role_required' });
    platform.last.deliver({ type: 'error', code: 'role_required', detail: '', ref: testId(1) });
    await refused;
    const lost = expect(room.actions.deleteLine(testId(1))).rejects.toMatchObject({ code: 'offline' });
    platform.last.closeWith(1006);
    await lost;
    await expect(room.actions.deleteLine(testId(1))).rejects.toMatchObject({ code: 'offline' });
  });

  it('[SEND-6] an edit keeps the field until it is taken, and ends with its line', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1, { sender_id: adaId }), messageOf(2)] }));
    const [own] = room.lines.value;
    if (own === undefined) throw new Error('No line');
    room.actions.startEditing(own);
    const saving = room.actions.saveEdit('Better');
    expect(room.actions.editing.value?.id).toBe(own.id);
    platform.last.deliver({ type: 'message_edited', rev: 2, message_id: own.id, content: 'Better', edited_at: 5 });
    await saving;
    expect(room.actions.editing.value).toBeNull();
    expect(room.lines.value[0]).toMatchObject({ text: 'Better', isEdited: true });
    room.actions.startEditing(own);
    platform.last.deliver({ type: 'message_deleted', rev: 3, message_id: own.id, deleted_at: 6, deleted_by: adaId, undone: false });
    expect(room.actions.editing.value).toBeNull();
  });

  it('[SEND-7] an answer goes by reference, for one line, and not to one that ended', () => {
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1), messageOf(2)] }));
    room.actions.reply(testId(1));
    room.sendText('Yes');
    room.sendText('And');
    room.actions.reply(testId(2));
    platform.last.deliver({ type: 'message_expired', rev: 2, message_id: testId(2), reason: 'expired', deleted_at: 5 });
    room.sendText('Late');
    expect(sent().map(({ content, reply_to }) => [content, reply_to])).toEqual([
      ['Yes', testId(1)],
      ['And', undefined],
      ['Late', undefined],
    ]);
  });

  it('[ONCE-1] a view-once line is sealed for its author from the start; the switch is for one line', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.choices.isOnce.value = true;
    room.sendText('Secret');
    expect(sent()).toEqual([expect.objectContaining({ content: 'Secret', view_once: true })]);
    expect(JSON.stringify(room.lines.value)).not.toContain('Secret');
    accept(sent()[0].id, 1);
    expect(JSON.stringify(room.lines.value)).not.toContain('Secret');
    expect(room.lines.value[0]?.once).toEqual({ state: null, leaseExpiresAt: null, maxViews: 1, replayUntil: null });

    room.choices.isOnce.value = true;
    room.sendMedia([picture], '');
    expect(uploads[0]?.upload.isOnce).toBe(true);
    expect(room.localMedia.get(room.lines.value[1]?.id ?? '')).toBeUndefined();
    room.sendText('Open');
    expect(sent().at(-1)).not.toHaveProperty('view_once');
    // So is the second look, which means nothing without the first.
    room.choices.allowsReplay.value = true;
    room.sendText('Open, too');
    expect(sent().at(-1)).not.toHaveProperty('max_views');
    [room.choices.isOnce.value, room.choices.allowsReplay.value] = [true, true];
    room.sendText('Twice');
    expect(sent().at(-1)).toMatchObject({ view_once: true, max_views: 2 });
    expect(room.lines.value.at(-1)?.once).toMatchObject({ maxViews: 2 });
    expect([room.choices.isOnce.value, room.choices.allowsReplay.value]).toEqual([false, false]);
  });

  it('[ONCE-2] opened content reaches the one who asked and is kept nowhere else', async () => {
    const sealed = { view_once: true, view_state: 'sealed', content: null } as const;
    platform.last.deliver(welcomeOf(1, { reset: true, messages: [messageOf(1, sealed)] }));
    const opening = room.actions.open(testId(1));
    platform.last.deliver([
      { type: 'message_opened', id: testId(1), content: 'Secret', media: null, lease_expires_at: platform.now() + 60_000, views_left: 0 },
      { type: 'view_changed', message_id: testId(1), view_state: 'open', lease_expires_at: platform.now() + 60_000 },
    ]);
    expect((await opening).content).toBe('Secret');
    expect(JSON.stringify(room.lines.value)).not.toContain('Secret');
    room.actions.markViewed(testId(1));
    expect(sentAll().at(-1)).toEqual({ type: 'mark_viewed', message_id: testId(1) });
  });

  const kept = async () => (await vault.all('outbox')).map(({ key }) => key);

  it('[SYNC-5] a line is kept from writing to acceptance, and no longer', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    room.sendText('Hello');
    room.sendText('World');
    const [first, second] = sent();
    await settle();
    expect((await kept()).toSorted()).toEqual([first.id, second.id].toSorted());
    accept(first.id, 1);
    await settle();
    expect(await kept()).toEqual([second.id]);
    platform.last.deliver({ type: 'error', code: 'forbidden', detail: '', ref: second.id });
    await settle();
    expect(await kept()).toEqual([second.id]);
    room.discard(second.id);
    await settle();
    expect(await kept()).toEqual([]);
  });

  it('[SYNC-5] what waited for more than an hour is asked for first, and goes only at a word', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    platform.last.closeWith(1006);
    room.sendText('Old');
    platform.answer = () => {
      throw new Error('offline');
    };
    const past = platform.now() + 3_600_001;
    platform.now = () => past;
    room.sendText('New');
    platform.answer = () => Response.json({ access_token: 'b.token', expires_in: 900 });
    platform.wake();
    await settle();
    platform.last.deliver(welcomeOf(2));
    expect(sent().map(({ content }) => content)).toEqual(['New']);
    expect(seen()).toEqual([
      ['Old', 'stale'],
      ['New', 'waiting'],
    ]);
    expect(room.hasUnsent).toBe(true);
    room.retry(room.lines.value[0]?.id ?? '');
    expect(sent().map(({ content }) => content)).toEqual(['New', 'Old']);
    expect(seen()[0]).toEqual(['Old', 'waiting']);
  });

  const unsentLine = (number: number, tab: string, writtenAt: number) => ({
    chatId,
    tab,
    writtenAt,
    draft: {
      id: testId(number),
      text: `Kept ${number}`,
      medium: null,
      replyTo: null,
      isOnce: false,
      allowsReplay: false,
      expiresInSeconds: null,
    },
  });

  it('[SYNC-5] lines of a tab that was closed are shown while it lives, sent in order when it does not, and asked for when they are old', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    const other = browser.openTab('other');
    await vault.put('outbox', toKept(unsentLine(1, 'other', platform.now() - 4_000_000)));
    await vault.put('outbox', toKept(unsentLine(2, 'other', platform.now() - 2_000)));
    await vault.put('outbox', toKept(unsentLine(3, 'other', platform.now() - 1_000)));
    other.tell();
    await settle();
    expect(seen()).toEqual([
      ['Kept 1', 'waiting'],
      ['Kept 2', 'waiting'],
      ['Kept 3', 'waiting'],
    ]);
    expect(sent()).toEqual([]);
    other.close();
    await settle();
    expect(sent().map(({ id }) => id)).toEqual([testId(2), testId(3)]);
    expect(seen()[0]).toEqual(['Kept 1', 'stale']);
  });

  it('[SYNC-5] what another tab has sent does not flicker here, and what it took back goes', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    const other = browser.openTab('other');
    for (const number of [1, 2]) await vault.put('outbox', toKept(unsentLine(number, 'other', platform.now())));
    other.tell();
    await settle();
    for (const number of [1, 2]) await vault.remove('outbox', testId(number));
    other.tell();
    await settle();
    expect(seen()).toHaveLength(2);
    platform.last.deliver({ type: 'new_message', rev: 2, message: messageOf(1, { sender_id: adaId, content: 'Kept 1' }) });
    await platform.pass(3_000);
    expect(seen()).toEqual([['Kept 1', 'accepted']]);
  });

  it('[SYNC-5] a line for a chat that is closed to its author does not wait for ever', async () => {
    platform.last.deliver(welcomeOf(1, { reset: true }));
    platform.last.closeWith(1006);
    room.sendText('Hello');
    await platform.pass(5_000);
    platform.last.closeWith(4404);
    expect(seen()).toEqual([['Hello', 'failed']]);
  });
});
