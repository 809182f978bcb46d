// As relayhub.js, with doors that tell what inboxes did: calls, rows, lives.
import relayhub, { Inbox as RealInbox } from './relayhub.js';

export { Limiter, Room } from './relayhub.js';

const counts = { lives: 0, newsCalls: 0 };
let cursors = null;

/** From here on every statement of every object of this process leaves its cursor. */
function watchStatements(sql) {
  if (cursors !== null) return;
  cursors = [];
  const prototype = Object.getPrototypeOf(sql);
  const { exec } = prototype;
  prototype.exec = function (...given) {
    const cursor = exec.apply(this, given);
    cursors?.push(cursor);
    return cursor;
  };
}

/** Rows of all statements since this was last asked; a cursor knows its own once it has been read. */
function takeRows() {
  const taken = cursors ?? [];
  cursors = [];
  const sum = (of) => taken.reduce((total, cursor) => total + of(cursor), 0);
  return { read: sum((cursor) => cursor.rowsRead), written: sum((cursor) => cursor.rowsWritten) };
}

export class Inbox extends RealInbox {
  #life = crypto.randomUUID();

  constructor(ctx, env) {
    super(ctx, env);
    counts.lives += 1;
  }

  noteChat(...news) {
    counts.newsCalls += 1;
    return super.noteChat(...news);
  }

  life() {
    return this.#life;
  }

  /** Fills the list with chats of rooms that are not there. */
  async fill(count) {
    for (let number = 0; number < count; number += 1) await super.noteChat(1, quietChat(number, 1), 1, { clearedSeq: 0, deliveredSeq: 1 });
  }

  /** One room's news: rows and milliseconds that it took. The first call begins to watch, so it must have been made once. */
  async hear(number, roomRev) {
    watchStatements(this.ctx.storage.sql);
    takeRows();
    const began = performance.now();
    await super.noteChat(roomRev, quietChat(number, roomRev), 1, { clearedSeq: 0, deliveredSeq: 1 });
    return { ms: performance.now() - began, rows: takeRows() };
  }
}

function quietChat(number, seq) {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const user = { id, username: `user_${number}`, display_name: `Somebody ${number}`, avatar_url: null, deleted: false };
  const message = { id, sender_id: id, sender_name: user.display_name, message_type: 'text', preview: 'x'.repeat(80) };
  return {
    id,
    name: null,
    is_group: false,
    member_count: 2,
    other_user: user,
    last_message: { ...message, created_at: 1_800_000_000_000 + seq, expires_at: null, edited_at: null, view_once: false },
    last_seq: seq,
    last_read_seq: 0,
    unread_count: seq,
    muted_until: null,
    pinned: false,
    archived: false,
    policy: { expires_in_seconds: null, expire_mode: 'after_send', version: 1, changed_by: null, changed_at: 0 },
    updated_at: 1_800_000_000_000 + number + seq,
  };
}

export default {
  async fetch(request, env, executionCtx) {
    const [, bench, userId, door, ...args] = new URL(request.url).pathname.split('/');
    if (bench !== 'inbox') return relayhub.fetch(request, env, executionCtx);
    if (door === 'counts') return Response.json(counts);
    const inbox = env.INBOX.get(env.INBOX.idFromName(userId));
    return Response.json((await inbox[door](...args.map(Number))) ?? null);
  },
};
