import type { Platform } from '../wire/platform';
import type { Notice } from '../wire/room-wire';
import type { Standing } from './cursors';
import { Paced } from './paced';

/** Clients send each kind of receipt at most this often [RCPT-1]. */
const receiptIntervalMs = 1_000;

/**
 * Tells the room how far the user has got [RCPT-1]: what is ahead of their standing as the room knows it,
 * and after a return again, as long as the room has not said that it knows.
 */
export class ReceiptReporter {
  readonly #tell: (notice: Notice) => void;
  readonly #standing: () => Standing;
  readonly #deliveries: Paced;
  readonly #readings: Paced;
  #deliveredSeq = 0;
  #read: { readonly id: string; readonly seq: number } | null = null;
  #isLive = false;

  /** @param standing the user's own, as the room last told it */
  constructor(platform: Platform, tell: (notice: Notice) => void, standing: () => Standing) {
    this.#tell = tell;
    this.#standing = standing;
    this.#deliveries = new Paced(platform, receiptIntervalMs, () => this.#tellDelivered());
    this.#readings = new Paced(platform, receiptIntervalMs, () => this.#tellRead());
  }

  /** What others sent, up to `seq`, has arrived here. */
  delivered(seq: number): void {
    this.#deliveredSeq = Math.max(this.#deliveredSeq, seq);
    this.#ask();
  }

  /** This line was on the screen of somebody who looked. */
  read(id: string, seq: number): void {
    if (seq <= (this.#read?.seq ?? 0)) return;
    this.#read = { id, seq };
    this.#ask();
  }

  /** Whether the room hears now. */
  setLive(isLive: boolean): void {
    this.#isLive = isLive;
    if (isLive) this.#ask();
    else this.#cancel();
  }

  /** The room was told anew, up to `lastSeq`: what lies beyond was said by a storage that is no more. */
  reset(lastSeq: number): void {
    this.#cancel();
    if (this.#deliveredSeq > lastSeq) this.#deliveredSeq = 0;
    if (this.#read !== null && this.#read.seq > lastSeq) this.#read = null;
  }

  #ask(): void {
    if (!this.#isLive) return;
    const { deliveredSeq, readSeq } = this.#standing();
    if (this.#deliveredSeq > deliveredSeq) this.#deliveries.ask();
    if (this.#read !== null && this.#read.seq > readSeq) this.#readings.ask();
  }

  #tellDelivered(): void {
    if (this.#deliveredSeq > this.#standing().deliveredSeq) this.#tell({ type: 'mark_delivered', up_to_seq: this.#deliveredSeq });
  }

  #tellRead(): void {
    if (this.#read !== null && this.#read.seq > this.#standing().readSeq) this.#tell({ type: 'mark_read', message_id: this.#read.id });
  }

  #cancel(): void {
    this.#deliveries.cancel();
    this.#readings.cancel();
  }
}
