import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from '../ui/icon';
import './once.css';

/** What the switch means, for whoever turns it on. */
export const onceNote = 'It can be opened one time, then it is gone. You cannot open it yourself.';

/** Seals the next line, so that each recipient can open it once. */
export function OnceSwitch({ isOn }: { isOn: Signal<boolean> }): JSX.Element {
  return (
    <button
      type="button"
      class="once-switch"
      aria-label="View once"
      title="View once"
      aria-pressed={isOn.value}
      onClick={() => {
        isOn.value = !isOn.peek();
      }}
    >
      <Icon name="once" size={20} />
    </button>
  );
}
