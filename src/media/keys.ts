/** Keys are functions of ids, so that whoever erases needs no list. */

/** What members may fetch, and what view-once bytes are streamed from. */
export function originalKey(chatId: string, mediaId: string): string {
  return `rooms/${chatId}/${mediaId}/original`;
}

export function thumbnailKey(chatId: string, mediaId: string): string {
  return `rooms/${chatId}/${mediaId}/thumbnail`;
}

/** Where an upload lies in quarantine: no link to it is ever given out for reading. */
export function uploadKey(chatId: string, mediaId: string): string {
  return `uploads/${chatId}/${mediaId}`;
}

/** A user's picture, by its random name; outside rooms, since whoever meets its owner sees it. */
export function avatarKey(name: string): string {
  return `avatars/${name}`;
}

const avatarPattern = /^avatars\/([\w-]{22})$/;

/** The name of the picture under a key; `null` for a key that no picture has. */
export function avatarOfKey(key: string): string | null {
  return key.match(avatarPattern)?.[1] ?? null;
}

/** What a key of this deployment is of. */
export interface KeyPlace {
  readonly chatId: string;
  readonly mediaId: string;
  readonly part: 'original' | 'thumbnail' | 'upload';
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const storedPattern = new RegExp(`^rooms/(${uuid})/(${uuid})/(original|thumbnail)$`);
const uploadPattern = new RegExp(`^uploads/(${uuid})/(${uuid})$`);

/** `null` for a key that nobody here makes. */
export function placeOfKey(key: string): KeyPlace | null {
  const [, chatId, mediaId, part = 'upload'] = key.match(storedPattern) ?? key.match(uploadPattern) ?? [];
  if (chatId === undefined || mediaId === undefined) return null;
  return { chatId, mediaId, part: part === 'original' || part === 'thumbnail' ? part : 'upload' };
}
