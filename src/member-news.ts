/** Somebody who wrote something that is unread. */
export interface Writer {
  readonly userId: string;
  /** Of their newest line of that. */
  readonly seq: number;
}

/** As many writers are named. More of them in one round, all of whom somebody blocks, are no crowd worth more bytes in every call. */
export const maxWriters = 8;

/** What a room says to the inbox of one of its members beside what their list shows. */
export interface MemberNews {
  /** Up to where the member has cleared the chat; 0 for never. */
  readonly clearedSeq: number;
  /** [INBOX-4] How far the messages have reached the member, as the room knows it. */
  readonly deliveredSeq: number;
  /** Who wrote what the member has not read, the latest first, at most `maxWriters`; rooms of an earlier version do not say. */
  readonly writers?: readonly Writer[];
}
