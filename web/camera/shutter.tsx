import type { JSX, Ref } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { type PressHooks, TapOrHold } from '../recording/tap-or-hold';

export interface ShutterProps extends PressHooks {
  readonly buttonRef: Ref<HTMLButtonElement>;
  readonly label: string;
  readonly isDisabled: boolean;
  /** How much of the longest video is recorded, from 0 to 1; null while nothing is. */
  readonly share: number | null;
}

/** Around the button, in units of its drawing. */
const radius = 46;

/** The one button of a camera: tapped for a photo, held for a video, by pointer or by Space and Enter. */
export function Shutter({ buttonRef, label, isDisabled, share, ...hooks }: ShutterProps): JSX.Element {
  const { wire } = useAccount();
  const [latest] = useState({ hooks });
  latest.hooks = hooks;
  const [press] = useState(
    () =>
      new TapOrHold(wire.platform, {
        tapped: () => latest.hooks.tapped(),
        held: () => latest.hooks.held(),
        released: () => latest.hooks.released(),
      }),
  );
  useEffect(() => () => press.cancel(), [press]);
  const isPressKey = ({ key }: KeyboardEvent) => key === ' ' || key === 'Enter';
  return (
    <button
      ref={buttonRef}
      type="button"
      class="shutter"
      aria-label={label}
      disabled={isDisabled}
      data-recording={share !== null}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        // A finger that slides off the button has not let go.
        event.currentTarget.setPointerCapture(event.pointerId);
        press.down();
      }}
      onPointerUp={() => press.up()}
      onPointerCancel={() => press.cancel()}
      onKeyDown={(event) => {
        if (!isPressKey(event)) return;
        event.preventDefault();
        press.down();
      }}
      onKeyUp={(event) => {
        if (isPressKey(event)) press.up();
      }}
      onBlur={() => press.cancel()}
      onClick={(event) => {
        // Pointers and keys were heard already: this is somebody who speaks to the page, or hears it read.
        if (event.detail === 0) hooks.tapped();
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle class="shutter-track" cx="50" cy="50" r={radius} />
        {share !== null && (
          <circle class="shutter-ring" cx="50" cy="50" r={radius} pathLength={1} style={{ strokeDashoffset: 1 - share }} />
        )}
      </svg>
      <span class="shutter-heart" />
    </button>
  );
}
