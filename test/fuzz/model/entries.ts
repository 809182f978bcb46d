import type { ErrorCode } from '../../../src/protocol/errors';
import type { ExpiryChoice, Media, Role } from '../../../src/protocol/models';
import type { SendMessage } from '../../../src/protocol/room-frames';
import type { DurableEvent } from '../../../src/room/dispatch';

/** What somebody asks of the room that may change it. */
export type Request =
  | { readonly kind: 'event'; readonly userId: string; readonly sid: string; readonly event: DurableEvent }
  | { readonly kind: 'add'; readonly userId: string; readonly profiles: readonly ProfileFacts[] }
  | { readonly kind: 'remove'; readonly userId: string; readonly memberId: string }
  | { readonly kind: 'set_role'; readonly userId: string; readonly memberId: string; readonly role: Role }
  | { readonly kind: 'change'; readonly userId: string; readonly name: string | null; readonly policy: ExpiryChoice | null }
  /** The user clears the chat for themselves. */
  | { readonly kind: 'clear'; readonly userId: string }
  /** What the user's inbox tells of their settings. */
  | ({ readonly kind: 'profile' } & ProfileFacts)
  | { readonly kind: 'serve'; readonly userId: string; readonly sid: string; readonly lease: string };

/** What a room keeps of a user's settings, as of a version of them. */
export interface ProfileFacts {
  readonly userId: string;
  readonly version: number;
  readonly readReceipts: boolean;
}

/** What the room takes at once, without a commit of its own. */
export type Notice =
  | { readonly kind: 'reserve_media'; readonly userId: string; readonly mediaId: string; readonly viewOnce: boolean }
  | { readonly kind: 'admit_media'; readonly userId: string; readonly facts: Media }
  | { readonly kind: 'end_session'; readonly sid: string }
  /** [BLOCK-1] What somebody has decided about the other in a direct chat. */
  | { readonly kind: 'block'; readonly userId: string; readonly isActive: boolean; readonly version: number }
  /** [BLOCK-1] Somebody makes the chat, which is there already, though perhaps not for them. */
  | { readonly kind: 'open_chat'; readonly userId: string }
  /** The room named a lease: names are random, so the model takes them from it. */
  | { readonly kind: 'name_lease'; readonly userId: string; readonly messageId: string; readonly lease: string }
  /** The same of a system line's id. */
  | { readonly kind: 'name_line'; readonly seq: number; readonly id: string }
  /** The alarm has cleaned up whatever was due of one kind. */
  | { readonly kind: 'cleaned'; readonly step: string };

/** What the asker is to be told: nothing, the first result of a send, what an opening shows, or one of these refusals. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'accepted'; readonly seq: number; readonly created: boolean; readonly event: SendMessage }
  | {
      readonly kind: 'opened';
      readonly content: string | null;
      readonly media: Media | null;
      readonly leaseExpiresAt: number;
      readonly viewsLeft: number;
    }
  | { readonly kind: 'served'; readonly media: Media }
  | { readonly kind: 'refused'; readonly codes: readonly ErrorCode[] };

export const done: Outcome = { kind: 'done' };
export const refused = (...codes: ErrorCode[]): Outcome => ({ kind: 'refused', codes });
