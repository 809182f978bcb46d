import type { LocalMedia } from '../media/local-media';
import type { Wire } from '../wire';
import type { RoomWire } from '../wire/room-wire';
import { MediaSending } from './media-sending';
import { type OutgoingDraft, toOutgoing } from './outgoing';
import type { Timeline } from './timeline';

export interface SendingParts {
  readonly wire: Wire;
  readonly socket: RoomWire;
  readonly timeline: Timeline;
  readonly localMedia: LocalMedia;
  readonly chatId: string;
  readonly ownId: string;
  /** The timeline is another one now. */
  changed(): void;
}

/** The user's own lines from writing to acceptance. */
export class Sending {
  readonly #parts: SendingParts;
  readonly #drafts = new Map<string, OutgoingDraft>();
  readonly #uploads: MediaSending;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#uploads = new MediaSending(parts.wire.uploader, parts.chatId);
  }

  get hasUnsent(): boolean {
    return this.#drafts.size > 0;
  }

  /** Whether anything is still on its way by itself; a failed line waits for the user. */
  get isBusy(): boolean {
    return [...this.#drafts.keys()].some((id) => this.#parts.timeline.pending(id)?.state.kind !== 'failed');
  }

  begin(draft: OutgoingDraft): void {
    const { timeline, localMedia, ownId, wire } = this.#parts;
    this.#drafts.set(draft.id, draft);
    if (draft.medium !== null && !draft.isOnce) localMedia.add(draft.id, draft.medium);
    timeline.addPending({
      id: draft.id,
      senderId: ownId,
      type: draft.medium?.kind ?? 'text',
      text: draft.text,
      media: null,
      replyTo: draft.replyTo,
      isOnce: draft.isOnce,
      allowsReplay: draft.allowsReplay,
      createdAt: wire.clock.now(),
      state: { kind: 'waiting' },
    });
    this.#dispatch(draft);
  }

  /** Sends a failed line again, under the id it has. */
  retry(id: string): void {
    const draft = this.#drafts.get(id);
    if (draft !== undefined) this.#dispatch(draft);
  }

  /** Takes back a line that was not sent: a failed one, or a medium still being uploaded. */
  discard(id: string): void {
    this.#uploads.cancel(id);
    this.#drafts.delete(id);
    this.#parts.timeline.removePending(id);
    this.#parts.changed();
  }

  /** The server has the line. */
  settle(id: string): void {
    this.#drafts.delete(id);
    this.#uploads.forget(id);
  }

  fail(id: string, code: string): void {
    // What the server refuses after an upload may be the upload itself: the next try makes a new one.
    if (code !== 'offline' && code !== 'unavailable') this.#uploads.forget(id);
    this.#update(id, { state: { kind: 'failed', code } });
  }

  dispose(): void {
    this.#uploads.cancelAll();
  }

  #dispatch(draft: OutgoingDraft): void {
    if (draft.medium === null) return this.#hand(draft, null);
    const { stage, media } = this.#uploads.upload(draft.id, draft.medium, draft.isOnce);
    this.#update(draft.id, { state: { kind: 'uploading', stage } });
    media.then(
      (admitted) => {
        if (!this.#drafts.has(draft.id)) return;
        this.#parts.timeline.updatePending(draft.id, { media: admitted });
        this.#hand(draft, admitted.id);
      },
      (error: unknown) => this.fail(draft.id, this.#uploads.codeOf(error)),
    );
  }

  #hand(draft: OutgoingDraft, mediaId: string | null): void {
    this.#update(draft.id, { state: { kind: 'waiting' } });
    this.#parts.socket.send(toOutgoing(draft, mediaId));
  }

  #update(id: string, change: Parameters<Timeline['updatePending']>[1]): void {
    this.#parts.timeline.updatePending(id, change);
    this.#parts.changed();
  }
}
