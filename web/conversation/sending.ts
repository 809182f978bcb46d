import type { LocalMedia } from '../media/local-media';
import type { Unsent } from '../unsent/unsent';
import { staleAfterMs } from '../unsent/unsent-line';
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
  readonly unsent: Unsent;
  readonly chatId: string;
  readonly ownId: string;
  /** The timeline is another one now. */
  changed(): void;
}

/** The user's own lines from writing to acceptance. */
export class Sending {
  readonly #parts: SendingParts;
  readonly #lines = new Map<string, { readonly draft: OutgoingDraft; readonly writtenAt: number }>();
  readonly #uploads: MediaSending;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#uploads = new MediaSending(parts.wire.uploader, parts.chatId);
  }

  get hasUnsent(): boolean {
    return this.#lines.size > 0;
  }

  /** Whether anything is still on its way by itself; a failed or old line waits for the user. */
  get isBusy(): boolean {
    return [...this.#lines.keys()].some((id) => {
      const kind = this.#parts.timeline.pending(id)?.state.kind;
      return kind === 'waiting' || kind === 'uploading';
    });
  }

  begin(draft: OutgoingDraft): void {
    const writtenAt = this.#parts.wire.platform.now();
    this.#parts.unsent.keep({ chatId: this.#parts.chatId, writtenAt, draft });
    this.resume(draft, writtenAt);
  }

  /** Sends what was written at `writtenAt`, this machine's clock; if that is long ago, asks first [SYNC-5]. */
  resume(draft: OutgoingDraft, writtenAt: number): void {
    if (this.#lines.has(draft.id)) return;
    this.#lines.set(draft.id, { draft, writtenAt });
    this.show(draft, writtenAt);
    if (this.#isStale(writtenAt)) this.#update(draft.id, { state: { kind: 'stale', writtenAt } });
    else this.#dispatch(draft);
  }

  /** Shows a line that waits, whoever sends it. */
  show(draft: OutgoingDraft, writtenAt: number): void {
    const { timeline, localMedia, ownId, wire } = this.#parts;
    if (timeline.pending(draft.id) !== undefined) return;
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
      createdAt: writtenAt + wire.clock.now() - wire.platform.now(),
      state: { kind: 'waiting' },
    });
  }

  /** Shows lines no more that another tab has sent or taken back. */
  hide(ids: readonly string[]): void {
    for (const id of ids) if (!this.#lines.has(id)) this.#parts.timeline.removePending(id);
    this.#parts.changed();
  }

  /** Sends a failed or old line, under the id it has. */
  retry(id: string): void {
    const line = this.#lines.get(id);
    if (line === undefined) return;
    const { chatId, unsent, wire } = this.#parts;
    const renewed = { draft: line.draft, writtenAt: wire.platform.now() };
    this.#lines.set(id, renewed);
    unsent.keep({ chatId, ...renewed });
    this.#dispatch(line.draft);
  }

  /** Whether a line may be sent after an interruption without asking; one that was written long ago waits for its author. */
  mayRepeat(id: string): boolean {
    const line = this.#lines.get(id);
    if (line === undefined || !this.#isStale(line.writtenAt)) return true;
    // What was uploaded for it has been erased by now [MEDIA-3].
    this.#uploads.forget(id);
    this.#update(id, { state: { kind: 'stale', writtenAt: line.writtenAt } });
    return false;
  }

  /** Takes back a line that was not sent: a failed one, or a medium still being uploaded. */
  discard(id: string): void {
    this.#uploads.cancel(id);
    this.#lines.delete(id);
    this.#parts.unsent.drop(id);
    this.#parts.timeline.removePending(id);
    this.#parts.changed();
  }

  /** The server has the line. */
  settle(id: string): void {
    this.#lines.delete(id);
    this.#parts.unsent.drop(id);
    this.#uploads.forget(id);
  }

  fail(id: string, code: string): void {
    // What the server refuses after an upload may be the upload itself: the next try makes a new one.
    if (code !== 'offline' && code !== 'unavailable') this.#uploads.forget(id);
    this.#update(id, { state: { kind: 'failed', code } });
  }

  /** Nothing can be sent here any more. */
  failAll(code: string): void {
    for (const id of this.#lines.keys()) this.fail(id, code);
  }

  dispose(): void {
    this.#uploads.cancelAll();
  }

  #isStale(writtenAt: number): boolean {
    return this.#parts.wire.platform.now() - writtenAt > staleAfterMs;
  }

  #dispatch(draft: OutgoingDraft): void {
    if (draft.medium === null) return this.#hand(draft, null);
    const { stage, media } = this.#uploads.upload(draft.id, draft.medium, draft.isOnce);
    this.#update(draft.id, { state: { kind: 'uploading', stage } });
    media.then(
      (admitted) => {
        if (!this.#lines.has(draft.id)) return;
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
