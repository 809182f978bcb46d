import { tombstoneRetentionMs } from '../protocol/limits';
import type { ServerRoomEvent } from '../protocol/room-frames';
import type { RoomStore } from './store';

/** Rows one slice works off: keeps the room responsive when thousands end at one moment. */
const sliceRows = 250;

export type UpkeepStore = Pick<RoomStore, 'dueMessages' | 'buryMessage' | 'deleteMedia' | 'putJob' | 'dueMedia' | 'purgeTombstones'>;

/**
 * [EXP-4] One slice of what has ended: the message becomes a tombstone and its medium a job.
 * Returns the events for everybody; call it inside a transaction.
 */
export function expireMessages(store: UpkeepStore, rev: number, now: number): ServerRoomEvent[] {
  return store.dueMessages(now, sliceRows).map(({ seq, id, endsAt, mediaId }) => {
    store.buryMessage(seq, rev, endsAt, 'expired');
    if (mediaId !== null) eraseMedium(store, mediaId, now);
    return { type: 'message_expired', rev, message_id: id, reason: 'expired', deleted_at: endsAt };
  });
}

/** [MEDIA-3] One slice of the uploads that nobody sent. */
export function dropUnattachedMedia(store: UpkeepStore, now: number): void {
  for (const id of store.dueMedia(now, sliceRows)) eraseMedium(store, id, now);
}

/** [EXP-4] One slice of the tombstones that have been kept long enough. Returns how many went. */
export function purgeTombstones(store: UpkeepStore, now: number): number {
  return store.purgeTombstones(now - tombstoneRetentionMs, sliceRows);
}

/** From this commit on nobody is given a link; the bytes follow, retried until they are gone [EXP-5]. */
function eraseMedium(store: UpkeepStore, mediaId: string, now: number): void {
  store.deleteMedia(mediaId);
  store.putJob('erase_media', mediaId, now);
}
