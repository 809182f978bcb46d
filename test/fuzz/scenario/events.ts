import { assertNever } from '../../../src/assert-never';
import type { SendMessage } from '../../../src/protocol/room-frames';
import type { DurableEvent } from '../../../src/room/dispatch';
import { isOverFor } from '../model/clocks';
import { visibleMessages } from '../model/present';
import type { RoomModel } from '../model/room-model';
import type { ModelMessage, Stay } from '../model/state';
import type { EventSpec } from './operations';
import type { Tally } from './tally';

/** So long that some fifteen fill a frame. */
const longText = 4_900;

/** Who says something. */
export interface Speaker {
  readonly userId: string;
}

/** What there is to talk about in a run, and what was said in it. */
export interface Talk {
  readonly model: RoomModel;
  readonly now: number;
  readonly tally: Tally;
  /** Ids of messages that were ever asked for, oldest first. */
  readonly knownIds: readonly string[];
  readonly sent: readonly { readonly client: Speaker; readonly event: SendMessage }[];
  readonly media: readonly { readonly id: string; readonly userId: string; readonly viewOnce: boolean }[];
  newId(): string;
  contentFor(messageId: string, length?: number): string;
  /** The event, remembered so that it can be sent again and answered. */
  remember(client: Speaker, event: SendMessage): SendMessage;
}

/** One of the latest: what is old has mostly been tried. */
export function pickRecent<T>(items: readonly T[], which: number, among = 12): T | undefined {
  return items[items.length - 1 - (which % Math.min(items.length, among))];
}

/** Mostly a message that is there for the client and `suits`; now and then any that ever was, or never came to be. */
export function targetOf(
  run: Talk,
  client: Speaker,
  which: number,
  suits: (message: ModelMessage, stay: Stay) => boolean,
): string | undefined {
  const { model, now } = run;
  const stay = model.stayOf(client.userId);
  const isAny = stay === undefined || which % 7 === 0;
  const fitting = isAny ? [] : visibleMessages(model, stay).filter((each) => !isOverFor(model.state, each, stay, now) && suits(each, stay));
  // A line that the room has not told of yet has no id.
  const ids = fitting.flatMap(({ id }) => (id.startsWith('system ') ? [] : id));
  return isAny ? pickRecent(run.knownIds, which) : pickRecent(ids, which, 8);
}

export const isOwn = ({ senderId }: ModelMessage, { userId }: Stay) => senderId === userId;
const isText = ({ type, maxViews }: ModelMessage) => type === 'text' && maxViews === 0;

/** The event that a specification means now, or null when there is nothing it could mean. */
export function eventOf(run: Talk, client: Speaker, spec: EventSpec): DurableEvent | null {
  switch (spec.kind) {
    case 'text':
      return run.remember(client, textEvent(run, client, spec));
    case 'image':
      return imageEvent(run, client, spec);
    case 'resend': {
      const sent = pickRecent(run.sent, spec.which);
      if (sent === undefined) return null;
      const isOthers = sent.client.userId !== client.userId;
      run.tally.add(isOthers ? 'ids of others' : 'resends');
      return spec.altered && sent.event.message_type === 'text' ? { ...sent.event, content: 'altered' } : sent.event;
    }
    case 'edit': {
      const id = targetOf(run, client, spec.which, (message, stay) => isOwn(message, stay) && isText(message));
      if (id === undefined) return null;
      const known = [...run.model.state.messages.values()].find((message) => message.id === id);
      return { type: 'edit_message', id, content: spec.same && known?.content ? known.content : run.contentFor(id) };
    }
    case 'delete': {
      const id = targetOf(run, client, spec.which, (message, stay) => isOwn(message, stay) || spec.which % 3 === 0);
      return id === undefined ? null : { type: 'delete_message', id };
    }
    case 'react': {
      const id = targetOf(run, client, spec.which, ({ type, maxViews }) => type !== 'system' && maxViews === 0);
      if (id === undefined) return null;
      return spec.emoji === null ? { type: 'unreact', id } : { type: 'react', id, emoji: spec.emoji };
    }
    case 'delivered':
      return { type: 'mark_delivered', up_to_seq: Math.max(0, run.model.state.seq - spec.behind) };
    case 'read': {
      const id = targetOf(run, client, spec.which, () => true);
      return id === undefined ? null : { type: 'mark_read', message_id: id };
    }
    case 'open':
    case 'viewed': {
      const id = targetOf(run, client, spec.which, (message, stay) => message.maxViews > 0 && !isOwn(message, stay));
      if (id === undefined) return null;
      return spec.kind === 'open' ? { type: 'open_message', id } : { type: 'mark_viewed', message_id: id };
    }
    default:
      return assertNever(spec);
  }
}

function imageEvent(run: Talk, client: Speaker, spec: Extract<EventSpec, { kind: 'image' }>): SendMessage | null {
  const isAny = spec.medium % 7 === 0;
  // Mostly one's own that no message carries: others are refused.
  const usable = run.media.filter(({ id, userId }) => {
    const known = run.model.state.media.get(id);
    return isAny || (userId === client.userId && known?.seq === null && known.facts !== null);
  });
  const medium = pickRecent(usable, spec.medium, 6);
  if (medium === undefined) return null;
  const { id: media_id, viewOnce: view_once } = medium;
  const id = run.newId();
  const caption = spec.caption ? { content: run.contentFor(id) } : {};
  const send = { type: 'send_message', id, message_type: 'image', media_id, view_once, ...caption } as const;
  return run.remember(client, {
    ...send,
    ...clockOf(view_once && spec.clock !== null ? { ...spec.clock, mode: 'after_send' } : spec.clock),
  });
}

function textEvent(run: Talk, client: Speaker, spec: Extract<EventSpec, { kind: 'text' }>): SendMessage {
  const id = run.newId();
  const isOnce = spec.once > 0;
  const reply = spec.reply === null ? undefined : targetOf(run, client, spec.reply, () => true);
  return {
    type: 'send_message',
    id,
    message_type: 'text',
    content: run.contentFor(id, spec.long ? longText : 0),
    view_once: isOnce,
    ...(spec.once === 0 ? {} : { max_views: spec.once }),
    ...(reply === undefined ? {} : { reply_to: reply }),
    ...clockOf(isOnce && spec.clock !== null ? { ...spec.clock, mode: 'after_send' } : spec.clock),
  };
}

const clockOf = (clock: Extract<EventSpec, { kind: 'text' }>['clock']) =>
  clock === null ? {} : { expires_in_seconds: clock.seconds, expire_mode: clock.mode };
