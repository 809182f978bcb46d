import type { Profile } from '../directory/users';
import type { UploadClaim } from '../media/claim';
import type { DeletedReason, ExpireMode, Media, Member, MessageType, Policy, Role } from '../protocol/models';

/** What a room is. */
export interface RoomFacts {
  readonly id: string;
  /** Random, new with the storage [SYNC-1]. */
  readonly epoch: string;
  readonly isGroup: boolean;
  readonly name: string | null;
  readonly createdAt: number;
  readonly policy: Policy;
  readonly purgedRev: number;
}

/** One stay of a person in the room. */
export interface MemberState {
  /** Number of the stay; messages name their sender by it. */
  readonly n: number;
  readonly role: Role;
  readonly joinedAt: number;
  /** The last `seq` before the joining: nothing up to it reached this stay [SEND-8]. */
  readonly joinedSeq: number;
  /** Nothing up to this `seq` is shown: it was there before the joining, or has been cleared since. */
  readonly hiddenToSeq: number;
  /** Up to where the member has cleared the chat; 0 for never. */
  readonly clearedSeq: number;
  /** Rev of the joining, or of the last clearing: no resume from before it. */
  readonly resumableRev: number;
  readonly leftRev: number | null;
  readonly rev: number;
  readonly profile: Profile;
  /** [RCPT-3] How far others may know that this stay has read; null: as far as it has. Never null without read receipts. */
  readonly toldRead: number | null;
  /** The chat is not there for this member yet [BLOCK-1]. */
  readonly concealed: boolean;
}

/** A message as stored. */
export interface MessageState {
  readonly seq: number;
  readonly id: string;
  /** `n` of the sender's stay. */
  readonly sender: number;
  readonly rev0: number;
  readonly changed: number | null;
  readonly type: MessageType;
  /** Opened body; null after the end, and for media without caption. */
  readonly body: string | null;
  readonly mediaId: string | null;
  readonly replyTo: string | null;
  readonly createdAt: number;
  readonly expireMode: ExpireMode;
  /** The clock from the sending; null when it does not run. */
  readonly sendSeconds: number | null;
  /** The clock from each reading; null when it does not run. */
  readonly readSeconds: number | null;
  /** When it ends for everybody, as known now; null when it does not. */
  readonly endsAt: number | null;
  /** 0: not view-once. */
  readonly maxViews: 0 | 1 | 2;
  readonly editedAt: number | null;
  readonly edits: number;
  /** By stay number. */
  readonly reactions: ReadonlyMap<number, Reaction>;
  readonly deletedAt: number | null;
  readonly deletedReason: DeletedReason | null;
  readonly deletedBy: number | null;
  readonly undone: boolean;
  readonly erasedAt: number | null;
  /** From then on only its sender sees it; when that is the time of the sending, nobody else ever did [BLOCK-1]. */
  readonly hiddenAt: number | null;
}

export interface Reaction {
  readonly emoji: string;
  /** Only who gave it sees it: they were blocked [BLOCK-1]. */
  readonly isHidden: boolean;
}

/** A medium in the room's charge; `facts` is null until its bytes are checked and stored. */
export interface MediaState {
  readonly id: string;
  readonly owner: string;
  readonly viewOnce: boolean;
  /** While its bytes are on their way by a URL; null for what came with the call, and once its bytes are checked. */
  readonly claim: UploadClaim | null;
  readonly facts: Media | null;
  readonly seq: number | null;
  /** When it goes unless a message carries it; null once one does, and once its erasure has begun. */
  readonly due: number | null;
}

export function toMember(state: MemberState): Member {
  return { user: state.profile.user, role: state.role, joined_at: state.joinedAt };
}
