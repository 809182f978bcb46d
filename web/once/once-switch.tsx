import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon, type IconName } from '../ui/icon';
import './once.css';

export interface OnceSwitchProps {
  readonly isOn: Signal<boolean>;
  readonly allowsReplay: Signal<boolean>;
}

/** What the switch means, for whoever turns it on. */
export function onceNote(allowsReplay: boolean): string {
  const times = allowsReplay ? 'one time, and once more within a day' : 'one time';
  return `It can be opened ${times}, then it is gone. You cannot open it yourself. Nobody can be kept from taking a picture of their screen.`;
}

/** Seals the next line, so that each recipient can open it once, or once more if that is allowed as well. */
export function OnceSwitch({ isOn, allowsReplay }: OnceSwitchProps): JSX.Element {
  return (
    <>
      {isOn.value && <Toggle label="Allow one replay" icon="replay" isOn={allowsReplay} />}
      <Toggle label="View once" icon="once" isOn={isOn} />
    </>
  );
}

function Toggle({ label, icon, isOn }: { label: string; icon: IconName; isOn: Signal<boolean> }): JSX.Element {
  return (
    <button
      type="button"
      class="once-switch"
      aria-label={label}
      title={label}
      aria-pressed={isOn.value}
      onClick={() => {
        isOn.value = !isOn.peek();
      }}
    >
      <Icon name={icon} size={20} />
      <span class="choice-label" aria-hidden="true">
        {label}
      </span>
    </button>
  );
}
