import { type InboxHooks, InboxWire } from './inbox-wire';
import type { Platform } from './platform';
import type { Rest } from './rest';
import { type RoomHooks, RoomWire } from './room-wire';
import { ServerClock } from './server-clock';
import type { TokenKeeper } from './token-keeper';
import { Uploader } from './upload';

/** Everything a signed-in user's features reach the server through. */
export interface Wire {
  readonly platform: Platform;
  readonly rest: Rest;
  readonly clock: ServerClock;
  readonly uploader: Uploader;
  /** An inbox not yet connected. */
  createInbox(hooks: InboxHooks): InboxWire;
  /** A room not yet connected. */
  createRoom(chatId: string, hooks: RoomHooks): RoomWire;
}

export function createWire(platform: Platform, tokens: TokenKeeper, rest: Rest): Wire {
  const clock = new ServerClock(() => platform.now());
  return {
    platform,
    rest,
    clock,
    uploader: new Uploader(platform, rest),
    createInbox: (hooks) => new InboxWire(platform, tokens, clock, hooks),
    createRoom: (chatId, hooks) => new RoomWire(platform, tokens, clock, chatId, hooks),
  };
}
