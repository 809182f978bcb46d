import type { UploadClaim } from '../media/claim';
import { Refusal } from '../protocol/errors';
import { unattachedMediaMs, uploadUrlSeconds } from '../protocol/limits';
import { mediaKindOf } from '../protocol/media-types';
import type { Media } from '../protocol/models';
import type { LiveRoom } from './live-room';
import type { MediaState } from './state';

/** What began to be sent just before its URL's end, by the store's clock, is there by then: 50 MiB at half a megabit a second. */
const slowestPutMs = 15 * 60_000;

/** How an upload stands: `media` once it is admitted, until then the claim it came with and the image that is its poster. */
export type UploadState = { readonly media: Media } | { readonly media: null; readonly claim: UploadClaim; readonly poster: Media | null };

/** A medium that a member is about to upload. */
export interface Reservation {
  readonly id: string;
  readonly viewOnce: boolean;
  /** Null when the bytes came with the call: then there is no URL. */
  readonly claim: UploadClaim | null;
}

/**
 * [MEDIA-3] Takes charge of a medium before its bytes exist: whatever becomes of the upload, nothing stays behind.
 *
 * @returns when it is erased unless a message carries it by then
 * @throws Refusal `invalid` for a poster that is none
 */
export function reserveUpload(room: LiveRoom, userId: string, { id, viewOnce, claim }: Reservation, now: number): number {
  const posterId = claim?.posterId ?? null;
  if (posterId !== null && findPoster(room, userId, posterId) === null) {
    throw new Refusal('invalid', undefined, {
      fields: [{ path: 'poster_media_id', message: 'is not an unused image of yours with a thumbnail' }],
    });
  }
  const due = now + unattachedMediaMs;
  room.store.media.insert(id, userId, viewOnce, claim, due);
  return due;
}

/** @throws Refusal `not_found` when there is no such upload of theirs, or not any more */
export function uploadOf(room: LiveRoom, userId: string, id: string): UploadState {
  const medium = room.store.media.find(id);
  if (medium === null || medium.owner !== userId) throw notFound();
  if (medium.facts !== null) return { media: medium.facts };
  if (medium.claim === null || medium.due === null) throw notFound();
  const { claim } = medium;
  return { media: null, claim, poster: claim.posterId === null ? null : findPoster(room, userId, claim.posterId) };
}

/**
 * The bytes of a reserved medium are checked and stored: from now on a message may carry it. Repeatable; who comes second is told
 * what the first said.
 *
 * @throws Refusal `not_found` when it is not reserved any more; then its bytes, which may have come late, are erased
 */
export function admitUpload(room: LiveRoom, userId: string, media: Media, now: number): Media {
  const { store } = room;
  const medium = store.media.find(media.id);
  if (medium !== null && medium.owner !== userId) throw notFound();
  if (medium?.facts != null) return medium.facts;
  if (medium === null || medium.due === null) {
    store.jobs.put({ kind: 'erase_media', key: media.id }, now);
    throw notFound();
  }
  store.transaction(() => {
    store.media.admit(media.id, media);
    const lastAt = lastPutAt(medium);
    // Also when it is past: whoever completes it erases it at once, but tries once only.
    if (lastAt !== null) store.jobs.put({ kind: 'erase_upload', key: media.id }, Math.max(lastAt, now));
    const poster = medium.claim?.posterId == null ? null : findPoster(room, userId, medium.claim.posterId);
    // Its thumbnail is the video's now; nobody needs it any more.
    if (poster !== null) endMedium(room, poster.id, now);
  });
  return media;
}

/** The bytes of a reserved medium were refused: what is stored of it goes. Repeatable; what was admitted meanwhile stays. */
export function discardUpload(room: LiveRoom, userId: string, id: string, now: number): void {
  const medium = room.store.media.find(id);
  if (medium === null || medium.owner !== userId || medium.facts !== null || medium.due === null) return;
  room.store.transaction(() => endMedium(room, id, now));
}

/** How a medium stands that the room has in its charge. */
export interface HeldMedium {
  readonly id: string;
  readonly state: 'reserved' | 'stored' | 'ending';
  readonly hasThumbnail: boolean;
}

/** Null for one that the room knows nothing of, or nothing any more. */
export function heldMedium(room: LiveRoom, id: string): HeldMedium | null {
  const medium = room.store.media.find(id);
  if (medium === null) return null;
  const state = medium.facts !== null ? 'stored' : medium.due !== null ? 'reserved' : 'ending';
  return { id, state, hasThumbnail: medium.facts?.has_thumbnail === true };
}

/** From this transaction on nobody is given a link; the bytes follow, retried until they are gone [EXP-5]. */
export function endMedium(room: LiveRoom, id: string, now: number): void {
  const medium = room.store.media.find(id);
  const lastAt = medium?.facts === null ? lastPutAt(medium) : null;
  if (lastAt !== null && lastAt > now) room.store.jobs.put({ kind: 'erase_upload', key: id }, lastAt);
  room.store.media.retire(id);
  room.store.jobs.put({ kind: 'erase_media', key: id }, now);
}

/**
 * When nothing comes any more by an upload's URL, in milliseconds since the epoch: once the object in quarantine is erased, the URL
 * works again until it ends, and what comes by it then must go too. Null for what has no URL.
 */
function lastPutAt({ claim, due }: MediaState): number | null {
  return claim === null || due === null ? null : due - unattachedMediaMs + uploadUrlSeconds * 1_000 + slowestPutMs;
}

function findPoster(room: LiveRoom, userId: string, id: string): Media | null {
  const medium = room.store.media.find(id);
  const isFree = medium !== null && medium.owner === userId && medium.due !== null && !medium.viewOnce;
  const isImage = isFree && medium.facts?.has_thumbnail === true && mediaKindOf(medium.facts.mime_type) === 'image';
  return isImage ? medium.facts : null;
}

function notFound(): Refusal {
  return new Refusal('not_found', 'There is no such medium of yours in this chat.');
}
