import { maxServerFrameBytes, maxTextCodePoints } from '../protocol/limits';
import type { ServerRoomEventInput } from '../protocol/room-frames';
import type { Sockets } from '../sockets';

/** UTF-8 needs at most three bytes a code unit: frames packed by code units are never too large. */
const maxFrameUnits = Math.floor(maxServerFrameBytes / 3);
/**
 * No event is longer: JSON writes a control character in six units, and a message has 5,000 characters; a thousand
 * people who react, or are added, come out below that.
 */
const maxEventUnits = 6 * maxTextCodePoints + 18_000;

/** Packs serialised events into frames: one event as an object, several as an array [SOCK-4]. */
export function packFrames(events: readonly string[]): string[] {
  const frames: string[] = [];
  let start = 0;
  let units = 0;
  const close = (end: number) => {
    const group = events.slice(start, end);
    const [only] = group;
    if (only !== undefined) frames.push(group.length === 1 ? only : `[${group.join(',')}]`);
    start = end;
    units = 0;
  };
  events.forEach((event, index) => {
    if (units > 0 && units + event.length + 1 > maxFrameUnits) close(index);
    units += event.length + 1;
  });
  close(events.length);
  return frames;
}

/** Users by their ids; null for everybody. */
export type Audience = ((userId: string) => boolean) | null;

/** The frames of one commit: on each socket what is personal first, then what is shared, which is serialised once for all [SYNC-3]. */
export class Outgoing {
  readonly #shared: { readonly serialised: string; readonly isFor: Audience }[] = [];
  readonly #personal = new Map<WebSocket, string[]>();
  readonly #forUsers: { readonly userId: string; readonly event: (sid: string) => ServerRoomEventInput }[] = [];
  #sharedUnits = 0;

  /** For every socket in the room; or of some users alone, in their place of the commit's one frame: such an event may carry its rev. */
  share(event: ServerRoomEventInput, isFor: Audience = null): void {
    const serialised = JSON.stringify(event);
    this.#shared.push({ serialised, isFor });
    this.#sharedUnits += serialised.length + 1;
  }

  /**
   * Whether another shared event might need a second frame. A commit ends there: a client that got the first of two frames
   * would take the rev for seen, and never be told of the second [SYNC-3].
   */
  get isFull(): boolean {
    return this.#sharedUnits > maxFrameUnits - maxEventUnits;
  }

  /** For one socket; null (a caller without one) is told by the call's answer. */
  tell(socket: WebSocket | null, event: ServerRoomEventInput): void {
    if (socket === null) return;
    const events = this.#personal.get(socket);
    if (events === undefined) this.#personal.set(socket, [JSON.stringify(event)]);
    else events.push(JSON.stringify(event));
  }

  /** For every socket of one user; what it says may depend on the socket's session. */
  tellUser(userId: string, event: (sid: string) => ServerRoomEventInput): void {
    this.#forUsers.push({ userId, event });
  }

  /** Each socket gets one frame, where what is its own and what is shared fit into one. */
  flush(sockets: Sockets): void {
    for (const { userId, event } of this.#forUsers) for (const [socket, { sid }] of sockets.ofUser(userId)) this.tell(socket, event(sid));
    if (this.#shared.length === 0) {
      for (const [socket, events] of this.#personal) for (const frame of packFrames(events)) sockets.send(socket, frame);
      return;
    }
    const forAll = this.#shared.every(({ isFor }) => isFor === null) ? packShared(this.#shared.map(({ serialised }) => serialised)) : null;
    for (const [socket, { userId }] of sockets.all()) {
      const shared = forAll ?? packShared(this.#sharedWith(userId));
      const own = this.#personal.get(socket);
      for (const frame of own === undefined ? shared.frames : withOwn(own, shared)) sockets.send(socket, frame);
    }
  }

  #sharedWith(userId: string): string[] {
    return this.#shared.filter(({ isFor }) => isFor === null || isFor(userId)).map(({ serialised }) => serialised);
  }
}

/** Shared events, joined once however many sockets get them among their own. */
interface PackedShared {
  readonly joined: string;
  readonly frames: readonly string[];
}

function packShared(events: readonly string[]): PackedShared {
  return { joined: events.join(','), frames: packFrames(events) };
}

/** A socket's own events, then what is shared: in one frame if that is not too large. */
function withOwn(own: readonly string[], { joined, frames }: PackedShared): readonly string[] {
  const units = own.reduce((sum, event) => sum + event.length + 1, joined.length);
  if (joined === '' || units > maxFrameUnits) return [...packFrames(own), ...frames];
  return [`[${own.join(',')},${joined}]`];
}
