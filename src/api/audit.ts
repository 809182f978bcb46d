import { type Env, readConfig } from '../config';
import { openDirectory } from '../directory/directory';
import { listMedia, removeMedia } from '../directory/media';
import { findAvatars } from '../directory/users';
import { forEachLimited } from '../limited';
import { avatarOfKey, type KeyPlace, placeOfKey } from '../media/keys';
import { createS3, eraseMedia, eraseObjects, type ListedObject, listObjects, type S3 } from '../media/s3';
import { roomOf } from '../objects';
import type { HeldMedium } from '../room/uploads';

/** Uploads and erasures that are under way are nobody's leftovers. */
const graceMs = 24 * 60 * 60 * 1000;
/** A room reserves a medium before the directory hears of it, and holds it for an hour: what it does not know by then is over. */
const directoryGraceMs = 2 * 60 * 60 * 1000;
/** The hourly run looks at one in so many places, so that each is looked at once a day. */
const slices = 24;
/** An invocation may make a thousand calls elsewhere; what is left out is another day's. */
const maxCalls = 900;
const pageRows = 500;
const atOnce = 4;
/** What names of pictures begin with. */
const nameLetters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
/** When so many, and more than half of all, seem to have no owner, it is the rooms, or the users, that are not where they are looked for. */
const suspiciousCount = 100;

/** What an audit found and did, in counts: ids belong in no log. */
export interface AuditReport {
  /** Objects in the bucket, and media in the directory, that were looked at. */
  objects: number;
  rows: number;
  /** Of those past their grace, the ones that no room holds, and the pictures that no user has: removed, unless `isSuspicious`. */
  ownerlessObjects: number;
  ownerlessRows: number;
  ownerlessAvatars: number;
  /** Objects with names that nobody here gives; left alone. */
  foreignObjects: number;
  /** Rooms that did not answer; what is theirs was left alone. */
  silentRooms: number;
  /** So much seemed to have no owner that nothing was removed. */
  isSuspicious: boolean;
  /** False when there was more than one run may look at. */
  isWhole: boolean;
}

/**
 * Compares the bucket's listing, and the directory, with what the rooms hold and the users have, and removes what has no owner
 * [EXP-5]: a put that landed after its erasure, whatever a crash at the wrong moment left. Repeatable.
 *
 * @param now milliseconds since the epoch
 * @param slice 0 to 23, the part of all media to look at; `null` for all
 * @param random gives numbers in [0, 1)
 */
export async function audit(env: Env, now: number, slice: number | null, random: () => number): Promise<AuditReport> {
  const run = new Audit(env, now);
  // Few calls, and a thousand pictures a listing: before the media, which may use up what a run may call.
  await forEachLimited(lettersOf(slice), atOnce, (letter) => run.auditAvatars(`avatars/${letter}`));
  await forEachLimited(prefixesOf(slice, random), atOnce, async (prefix) => {
    await run.auditBucket(`rooms/${prefix}`);
    await run.auditBucket(`uploads/${prefix}`);
    await run.auditDirectory(prefix);
  });
  return run.finish();
}

/** Beginnings of ids. Ids are random, so slices are alike; begun at a random one, so that what one run leaves out the next may not. */
function prefixesOf(slice: number | null, random: () => number): string[] {
  if (slice === null) return [''];
  const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte % slices === slice);
  const first = Math.floor(random() * bytes.length);
  return [...bytes.slice(first), ...bytes.slice(0, first)].map((byte) => byte.toString(16).padStart(2, '0'));
}

/** The same of the names of pictures, which are random, too. */
function lettersOf(slice: number | null): string[] {
  return slice === null ? [''] : nameLetters.filter((_, index) => index % slices === slice);
}

class Audit {
  readonly #env: Env;
  readonly #now: number;
  readonly #s3: S3;
  readonly #keys: string[] = [];
  readonly #places: { chatRoomId: string; id: string }[] = [];
  readonly #avatars: string[] = [];
  #calls = 0;
  #pastGrace = 0;
  #avatarsPastGrace = 0;
  readonly #report: AuditReport = {
    objects: 0,
    rows: 0,
    ownerlessObjects: 0,
    ownerlessRows: 0,
    ownerlessAvatars: 0,
    foreignObjects: 0,
    silentRooms: 0,
    isSuspicious: false,
    isWhole: true,
  };

  constructor(env: Env, now: number) {
    this.#env = env;
    this.#now = now;
    this.#s3 = createS3(readConfig(env).s3);
  }

  /** Media, and uploads in quarantine. */
  async auditBucket(prefix: string): Promise<void> {
    await this.#list(prefix, placeOfKey, (objects) =>
      this.#askRooms(
        objects.map(({ key, named }) => ({ key, ...named })),
        (object, held) => {
          if (!isOwned(object.part, held)) this.#keys.push(object.key);
        },
      ),
    );
  }

  /** A picture is its user's within a minute of being stored, or never. */
  async auditAvatars(prefix: string): Promise<void> {
    const directory = openDirectory(this.#env.DIRECTORY);
    await this.#list(prefix, avatarOfKey, async (objects) => {
      if (!this.#mayCall()) return;
      const present = await findAvatars(
        directory,
        objects.map(({ named }) => named),
      );
      this.#avatarsPastGrace += objects.length;
      for (const { key, named } of objects) if (!present.has(named) && this.#mayErase()) this.#avatars.push(key);
    });
  }

  /** What is stored under a prefix and past its grace, a page at a time, by what `nameOf` makes of its keys: `null` for what is foreign. */
  async #list<T>(
    prefix: string,
    nameOf: (key: string) => T | null,
    judge: (objects: { key: string; named: T }[]) => Promise<void>,
  ): Promise<void> {
    let after: string | null = null;
    for (let isLast = false; !isLast && this.#mayCall(); ) {
      const page: { objects: ListedObject[]; isLast: boolean } = await listObjects(this.#s3, prefix, after);
      this.#report.objects += page.objects.length;
      const old = page.objects.filter(({ storedAt }) => this.#now - storedAt >= graceMs);
      const known = old.flatMap(({ key }) => {
        const named = nameOf(key);
        return named === null ? [] : [{ key, named }];
      });
      this.#report.foreignObjects += old.length - known.length;
      await judge(known);
      after = page.objects.at(-1)?.key ?? null;
      isLast = page.isLast;
    }
  }

  /** Asking a room about a medium also wakes it: one whose alarm was lost sets it anew, and does what is overdue. */
  async auditDirectory(prefix: string): Promise<void> {
    const directory = openDirectory(this.#env.DIRECTORY);
    let from = prefix;
    for (let isLast = false; !isLast && this.#mayCall(); ) {
      const rows = await listMedia(directory, from, `${prefix}g`, this.#now - directoryGraceMs, pageRows);
      this.#report.rows += rows.length;
      const media = rows.map(({ id, chatRoomId }) => ({ chatId: chatRoomId, mediaId: id }));
      await this.#askRooms(media, ({ chatId, mediaId }, held) => {
        if (held === null) this.#places.push({ chatRoomId: chatId, id: mediaId });
      });
      // No id continues another.
      from = `${rows.at(-1)?.id ?? ''}0`;
      isLast = rows.length < pageRows;
    }
  }

  /** Removes what was found. */
  async finish(): Promise<AuditReport> {
    const report = this.#report;
    report.ownerlessObjects = this.#keys.length;
    report.ownerlessRows = this.#places.length;
    report.ownerlessAvatars = this.#avatars.length;
    // Each by itself: rooms and users are looked for in different places, and many of the one must not hide that all of the other are missing.
    report.isSuspicious =
      isSuspicious(this.#keys.length + this.#places.length, this.#pastGrace) || isSuspicious(this.#avatars.length, this.#avatarsPastGrace);
    if (!report.isSuspicious) {
      await forEachLimited([...this.#keys, ...this.#avatars], atOnce, (key) => eraseObjects(this.#s3, [key]));
      await forEachLimited(this.#places, atOnce, ({ chatRoomId, id }) => eraseMedia(this.#s3, chatRoomId, id));
      if (this.#places.length > 0) {
        await removeMedia(
          openDirectory(this.#env.DIRECTORY),
          this.#places.map(({ id }) => id),
        );
      }
    }
    return report;
  }

  async #askRooms<T extends Pick<KeyPlace, 'chatId' | 'mediaId'>>(
    media: readonly T[],
    judge: (medium: T, held: HeldMedium | null) => void,
  ): Promise<void> {
    const byChat = Map.groupBy(media, ({ chatId }) => chatId);
    await forEachLimited(byChat, atOnce, async ([chatId, inChat]) => {
      if (!this.#mayCall()) return;
      try {
        const held = await roomOf(this.#env, chatId).mediaHeld([...new Set(inChat.map(({ mediaId }) => mediaId))]);
        const byId = new Map(held.map((medium) => [medium.id, medium]));
        this.#pastGrace += inChat.length;
        for (const medium of inChat) judge(medium, byId.get(medium.mediaId) ?? null);
      } catch {
        this.#report.silentRooms += 1;
      }
    });
  }

  #mayCall(): boolean {
    this.#calls += 1;
    return this.#mayErase();
  }

  /** Each thing found costs calls too, at the end. */
  #mayErase(): boolean {
    const isLeft = this.#calls + this.#keys.length + this.#avatars.length + 3 * this.#places.length < maxCalls;
    this.#report.isWhole &&= isLeft;
    return isLeft;
  }
}

function isSuspicious(ownerless: number, all: number): boolean {
  return ownerless >= suspiciousCount && ownerless * 2 > all;
}

/** Whether somebody still answers for a part of a medium that was stored more than a day ago. */
function isOwned(part: KeyPlace['part'], held: HeldMedium | null): boolean {
  if (held === null) return false;
  // The room is at it, however long the store has not answered.
  if (held.state === 'ending') return true;
  if (part === 'upload') return held.state === 'reserved';
  return part === 'original' || held.state === 'reserved' || held.hasThumbnail;
}
