import type { Chat, ChatSummary, SystemFacts } from '../../src/protocol/models';
import { durationWords } from '../expiry/expiry-words';
import { kindWords } from '../media/media-words';
import { hasEnded } from './chat-list';

type Titled = Pick<ChatSummary | Chat, 'is_group' | 'name'> & { readonly other_user?: ChatSummary['other_user'] };

/** What a chat is called: the group's name, or the other person's. */
export function chatTitle({ is_group, name, other_user }: Titled): string {
  if (is_group) return name ?? 'Group';
  return other_user === undefined || other_user.deleted ? 'Deleted account' : other_user.display_name;
}

/** A system message as a sentence [SEND-9]; `nameOf` says `You` for the reader. */
export function systemWords({ kind, actor_id, user_ids, value }: SystemFacts, nameOf: (userId: string) => string): string {
  const actor = nameOf(actor_id);
  const others = user_ids.filter((id) => id !== actor_id).map((id) => nameOf(id).replace(/^You$/, 'you'));
  const whom = others.length > 3 ? `${others.slice(0, 2).join(', ')} and ${others.length - 2} others` : joined(others);
  switch (kind) {
    case 'created':
      return value === null ? `${actor} started this chat` : `${actor} created the group “${value}”`;
    case 'member_added':
      return `${actor} added ${whom}`;
    case 'member_removed':
      return `${actor} removed ${whom}`;
    case 'member_left':
      return `${actor} left`;
    case 'role_changed':
      return `${actor} made ${whom} ${value === 'owner' || value === 'admin' ? `an ${value}` : 'a member'}`;
    case 'renamed':
      return value === null ? `${actor} changed the name` : `${actor} named the group “${value}”`;
    case 'policy_changed':
      return `${actor} ${policyChangeWords(value)}`;
  }
}

/** The value is the clock and its seconds, as in `after_read:86400`, or the clock and `off`. */
function policyChangeWords(value: string | null): string {
  const [, mode, seconds] = /^(after_send|after_read):(\d+)$/.exec(value ?? '') ?? [];
  if (seconds === undefined) return value?.endsWith(':off') ? 'turned disappearing messages off' : 'changed when messages disappear';
  return `set messages to disappear ${durationWords(Number(seconds))} after ${mode === 'after_read' ? 'reading' : 'sending'}`;
}

const joined = (names: readonly string[]) => (names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);

export interface PreviewWords {
  /** Who wrote it; empty where that goes without saying. */
  readonly author: string;
  readonly text: string;
  /** Words of this client rather than of a person. */
  readonly isQuiet: boolean;
  readonly isPicture: boolean;
}

/**
 * The second line of a row: the last live line, or what can be said of it.
 * @param isBlocked whether the user blocks somebody, whose lines in groups are folded [BLOCK-1]
 */
export function previewWords(chat: ChatSummary, ownId: string, now: number, isBlocked: (userId: string) => boolean): PreviewWords {
  const last = chat.last_message;
  const quiet = (text: string): PreviewWords => ({ author: '', text, isQuiet: true, isPicture: false });
  if (last === null) return quiet('No messages');
  if (last.system !== undefined) {
    // Who left has no name in the list any more.
    const sender = last.sender_name === '' ? 'Somebody' : last.sender_name;
    return quiet(systemWords(last.system, (id) => (id === ownId ? 'You' : id === last.sender_id ? sender : nameIn(chat, id))));
  }
  if (hasEnded(chat, now)) return quiet('Message disappeared');
  if (chat.is_group && isBlocked(last.sender_id)) return quiet('Message from someone you blocked');
  const author = last.sender_id === ownId ? 'You' : chat.is_group ? last.sender_name : '';
  if (last.message_type === 'image') return { author, text: last.preview ?? 'Photo', isQuiet: false, isPicture: true };
  // What is seen once says no more than what it is; other text is only on its way.
  const kind = last.message_type !== 'text' ? kindWords(last.message_type) : last.view_once ? 'Message' : 'New message';
  if (last.preview === null) return { ...quiet(kind), author };
  return { author, text: last.preview, isQuiet: false, isPicture: false };
}

const nameIn = ({ other_user }: ChatSummary, userId: string) => (other_user?.id === userId ? other_user.display_name : 'somebody');
