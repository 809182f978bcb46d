import { and, asc, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import type { Directory } from './directory';
import { media } from './schema';

/** Where a medium belongs. */
export interface MediaPlace {
  readonly id: string;
  readonly chatRoomId: string;
  readonly uploaderId: string;
}

/** Remembers where a medium belongs; a second time changes nothing. */
export async function insertMedia(directory: Directory, place: MediaPlace, now: number): Promise<void> {
  await directory
    .insert(media)
    .values({ id: place.id, chat_room_id: place.chatRoomId, uploader_id: place.uploaderId, created_at: now })
    .onConflictDoNothing();
}

export async function findMedia(directory: Directory, id: string): Promise<MediaPlace | null> {
  return (await selectPlaces(directory).where(eq(media.id, id)).get()) ?? null;
}

/** The places of those `ids` that exist, in no particular order. */
export async function findAllMedia(directory: Directory, ids: readonly string[]): Promise<MediaPlace[]> {
  return selectPlaces(directory).where(inArray(media.id, idList(ids)));
}

/** A page of the media with ids from `from` up to, not including, `to`, that are older than `before`, in order of id. */
export async function listMedia(directory: Directory, from: string, to: string, before: number, limit: number): Promise<MediaPlace[]> {
  return selectPlaces(directory)
    .where(and(gte(media.id, from), lt(media.id, to), lt(media.created_at, before)))
    .orderBy(asc(media.id))
    .limit(limit);
}

/** Forgets media; a second time changes nothing. */
export async function removeMedia(directory: Directory, ids: readonly string[]): Promise<void> {
  await directory.delete(media).where(inArray(media.id, idList(ids)));
}

function selectPlaces(directory: Directory) {
  return directory.select({ id: media.id, chatRoomId: media.chat_room_id, uploaderId: media.uploader_id }).from(media);
}

function idList(ids: readonly string[]) {
  return sql`(select value from json_each(${JSON.stringify(ids)}))`;
}
