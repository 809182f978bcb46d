/** A finger that stays longer rests, milliseconds. */
const tapMs = 300;
/** The second tap comes within this time after the first, milliseconds. */
const betweenMs = 300;
/** A finger that moves further scrolls; the second tap is as near to the first. In pixels. */
const nearPx = 24;

/** Where and when a finger touched, in pixels of the window and milliseconds. */
export interface Touched {
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

/** Tells two taps of one finger at one place from everything else that fingers do. */
export class DoubleTap {
  #down: Touched | null = null;
  #first: Touched | null = null;

  down(touched: Touched): void {
    this.#down = touched;
  }

  /** Whether this was the end of the second tap. A third begins anew. */
  up(touched: Touched): boolean {
    const [down, first] = [this.#down, this.#first];
    this.cancel();
    if (down === null || !isNear(down, touched) || touched.at - down.at > tapMs) return false;
    if (first !== null && isNear(first, down) && down.at - first.at <= betweenMs) return true;
    this.#first = touched;
    return false;
  }

  /** Whatever it is, it is no tap. */
  cancel(): void {
    this.#down = null;
    this.#first = null;
  }
}

const isNear = (one: Touched, other: Touched) => Math.hypot(one.x - other.x, one.y - other.y) <= nearPx;
