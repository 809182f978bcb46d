import type { ChatSummary, Media, Member, Message, User, ViewState } from '../../../src/protocol/models';
import type { Cursor } from '../../../src/protocol/room-frames';
import { editedAwayAt, isHiddenFrom, lastSeqOf, toldProgress } from './blocks';
import { dayMs, endFor, isOverFor, isVisibleTo, recipientsOf, untouchedEnd } from './clocks';
import { timeEnd } from './messages';
import type { RoomModel } from './room-model';
import type { End, ModelMessage, ModelState, Stay, View } from './state';

/** What one session of one member must see now. */
export interface Eyes {
  readonly stay: Stay;
  readonly sid: string;
}

/** Every message the stay may know of, oldest first; the newest last. */
export function visibleMessages({ state }: RoomModel, stay: Stay): ModelMessage[] {
  return [...state.messages.values()].filter((message) => isVisibleTo(message, stay)).sort((a, b) => a.seq - b.seq);
}

/** The message as these eyes must see it at `now`. */
export function presentMessage({ state }: RoomModel, message: ModelMessage, { stay, sid }: Eyes, now: number): Message {
  const isSender = message.senderId === stay.userId;
  const isOver = isOverFor(state, message, stay, now);
  const isSealed = message.maxViews > 0;
  const end = isOver ? endAsSeen(state, message, stay) : null;
  const view = isSealed && !isSender ? message.views.get(stay.n) : undefined;
  const facts = message.mediaId === null ? null : (state.media.get(message.mediaId)?.facts ?? null);
  return {
    id: message.id,
    seq: message.seq,
    sender_id: message.senderId,
    message_type: message.type,
    content: isOver || isSealed ? null : message.content,
    media: isOver ? null : presentMedia(facts, isSealed),
    ...(message.system === null ? {} : { system: message.system }),
    reply_to: isOver ? null : message.replyTo,
    view_once: isSealed,
    max_views: message.maxViews === 1 || message.maxViews === 2 ? message.maxViews : null,
    view_state: isSealed && !isSender ? presentView(view, sid, isOver) : null,
    ...(view?.state === 'open' && view.due !== null && !isOver ? { lease_expires_at: view.due } : {}),
    ...(view?.state === 'sealed' && view.due !== null && !isOver ? { replay_until: view.due } : {}),
    expire_mode: message.mode,
    expires_in_seconds: message.mode === 'after_read' ? message.readSeconds : message.sendSeconds,
    expires_at: isOver ? null : isSender ? endToldToSender(state, message, stay) : endFor(state, message, stay),
    created_at: message.createdAt,
    edited_at: isOver ? null : message.editedAt,
    deleted_at: end?.at ?? null,
    deleted_reason: end?.reason ?? null,
    deleted_by: end?.byUserId ?? null,
    undone: end?.undone ?? false,
    reactions: isOver ? [] : reactionsOf(state, message, stay),
    ...(isSender && message.type !== 'system' ? { receipts: receiptsOf(state, message, stay) } : {}),
  };
}

/** Whether time has done something to the message, for this stay, that nobody has cleaned up yet: then some of it is in between. */
export function isUncleaned({ state }: RoomModel, message: ModelMessage, stay: Stay, now: number): boolean {
  if (message.end !== null || editedAwayAt(message, stay) !== null) return false;
  return isOverFor(state, message, stay, now) || [...message.views.values()].some(({ due }) => due !== null && due <= now);
}

/** [ONCE-1] */
function presentMedia(facts: Media | null, isSealed: boolean): Media | null {
  return facts === null || !isSealed ? facts : { ...facts, file_name: null, placeholder: null, has_thumbnail: false };
}

/** [ONCE-2] */
function presentView(view: View | undefined, sid: string, isOver: boolean): ViewState {
  const here = (state: 'open' | 'viewed'): ViewState => (view?.sid === sid ? state : `${state}_elsewhere`);
  if (view === undefined) return isOver ? 'unopened' : 'sealed';
  if (view.state === 'viewed' || (isOver && view.views > 0)) return here('viewed');
  if (isOver) return 'unopened';
  return view.state === 'open' ? here('open') : 'sealed';
}

/** [BLOCK-1] For whoever an edit has hidden it from, it ended then, whatever became of it later. */
function endAsSeen(state: ModelState, message: ModelMessage, stay: Stay): End {
  const editedAway = editedAwayAt(message, stay);
  if (editedAway !== null) return { at: editedAway, reason: 'expired', byUserId: null, undone: false };
  return message.end ?? { ...timeEnd(state, message), at: endFor(state, message, stay) ?? 0 };
}

/** [RCPT-3] An end that follows from a reading is not told where the reading is not. */
function endToldToSender(state: ModelState, message: ModelMessage, sender: Stay): number | null {
  const isSecret = recipientsOf(state, message).some(
    (stay) => stay.readSeq >= message.seq && toldProgress(state, sender, stay).read < message.seq,
  );
  return isSecret && message.readSeconds !== null ? untouchedEnd(message, state.isGroup) : endFor(state, message, sender);
}

function reactionsOf(state: ModelState, message: ModelMessage, reader: Stay): Message['reactions'] {
  const byEmoji = new Map<string, string[]>();
  const shown = [...message.reactions].filter(([n, { isHidden }]) => !isHidden || n === reader.n);
  for (const [n, { emoji }] of shown) byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), userOf(state, n)]);
  return [...byEmoji].map(([emoji, user_ids]) => ({ emoji, user_ids }));
}

const userOf = (state: ModelState, n: number) => state.stays.find((stay) => stay.n === n)?.userId ?? '';

/** [RCPT-1] How a message stands for one recipient, as far as its sender may know [RCPT-3] [BLOCK-1]. */
export function receiptOf(
  state: ModelState,
  message: ModelMessage,
  sender: Stay,
  stay: Stay,
): { state: 'sent' | 'delivered' | 'read' | 'viewed'; viewedAt: number | null; views: number } {
  const view = message.views.get(stay.n);
  const viewedAt = view?.firstViewedAt ?? null;
  const told = message.hidden === 'always' ? { delivered: 0, read: 0 } : toldProgress(state, sender, stay);
  const standing = told.read >= message.seq ? 'read' : told.delivered >= message.seq ? 'delivered' : 'sent';
  return { state: viewedAt === null ? standing : 'viewed', viewedAt, views: view?.views ?? 0 };
}

function receiptsOf(state: ModelState, message: ModelMessage, sender: Stay): NonNullable<Message['receipts']> {
  const states = recipientsOf(state, message).map((stay) => receiptOf(state, message, sender, stay).state);
  const viewed = states.filter((known) => known === 'viewed').length;
  return {
    of: states.length,
    delivered: states.filter((known) => known !== 'sent').length,
    read: states.filter((known) => known === 'read' || known === 'viewed').length,
    viewed,
    unopened: message.maxViews > 0 && message.end !== null ? states.length - viewed : 0,
  };
}

/** What the sender of a message is told of it: the first result, however often it is sent [SEND-2]. */
export function acceptedOf({ state }: RoomModel, message: ModelMessage) {
  return {
    type: 'message_accepted',
    id: message.id,
    seq: message.seq,
    created_at: message.createdAt,
    expires_at: untouchedEnd(message, state.isGroup),
    expires_in_seconds: message.mode === 'after_read' ? message.readSeconds : message.sendSeconds,
    expire_mode: message.mode,
  } as const;
}

export function presentMembers(model: RoomModel, userOf: (userId: string) => User): Member[] {
  return model.present().map((stay) => ({ user: userOf(stay.userId), role: stay.role, joined_at: stay.joinedAt }));
}

/** But for where they mean nothing. */
export function presentCursors(model: RoomModel, viewer: Stay): Cursor[] {
  return model.present().map((stay) => {
    const { delivered, read } = toldProgress(model.state, viewer, stay);
    return { user_id: stay.userId, delivered_seq: delivered, read_seq: read };
  });
}

/** [INBOX-2] [RCPT-4] What the member's chat list must show, as far as rules of the room decide it. */
export function presentSummary(model: RoomModel, stay: Stay, now: number) {
  const { state } = model;
  const visible = visibleMessages(model, stay);
  const live = visible.filter((message) => !isOverFor(state, message, stay, now));
  const last = live.at(-1);
  const unread = live.filter(({ type, senderId, seq }) => type !== 'system' && senderId !== stay.userId && seq > stay.readSeq);
  const newest = state.blocks.size === 0 ? state.messages.get(state.seq) : newestShown(state, stay);
  return {
    id: state.id,
    name: state.name,
    is_group: state.isGroup,
    member_count: model.present().length,
    last_message: last === undefined ? null : { id: last.id, preview: last.maxViews > 0 ? null : last.content },
    last_seq: lastSeqOf(state, stay),
    last_read_seq: stay.readSeq,
    unread_count: unread.length,
    policy: state.policy,
    // Where the newest line is forgotten, so is when it was.
    ...(newest === undefined ? {} : { updated_at: newest.createdAt }),
  } satisfies Partial<Record<keyof ChatSummary, unknown>>;
}

/** [BLOCK-1] What somebody is not shown brings no chat to the top of their list. */
function newestShown(state: ModelState, stay: Stay): { readonly createdAt: number } {
  const shown = [...state.messages.values()].filter((message) => !isHiddenFrom(message, stay));
  return shown.reduce<{ seq: number; createdAt: number }>((newest, message) => (message.seq > newest.seq ? message : newest), {
    seq: 0,
    createdAt: stay.joinedAt,
  });
}

/** When time will next do something to the room after `now` that may not be late; null for never. */
export function nextDue({ state }: RoomModel, now: number): number | null {
  const dues: (number | null)[] = [...state.media.values()].map(({ due }) => due);
  const tombstones: number[] = [];
  for (const message of state.messages.values()) {
    if (message.end !== null) tombstones.push(message.end.at);
    else {
      for (const stay of state.stays) if (stay.isPresent) dues.push(endFor(state, message, stay));
      for (const { due } of message.views.values()) dues.push(due);
    }
  }
  // They are forgotten in the order in which they were left, which is not that of the ends.
  if (tombstones.length > 0) dues.push(Math.max(...tombstones) + 30 * dayMs);
  const next = Math.min(...dues.map((due) => (due === null || due <= now ? Number.POSITIVE_INFINITY : due)));
  return next === Number.POSITIVE_INFINITY ? null : next;
}
