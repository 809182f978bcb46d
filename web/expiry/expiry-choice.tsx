import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Policy } from '../../src/protocol/models';
import { Icon } from '../ui/icon';
import { durationShort, durationWords, expiryChoices } from './expiry-words';
import './expiry-choice.css';

export interface ExpiryChoiceProps {
  /** Seconds, or null for the chat's policy. */
  readonly chosen: Signal<number | null>;
  readonly policy: Policy | undefined;
}

/** After how long the next lines disappear: a timer with a native menu over it. */
export function ExpiryChoice({ chosen, policy }: ExpiryChoiceProps): JSX.Element {
  const seconds = chosen.value;
  const fallback =
    policy === undefined ? '' : policy.expires_in_seconds === null ? ' (off)' : ` (${durationWords(policy.expires_in_seconds)})`;
  return (
    <span class="expiry-choice" data-chosen={seconds !== null}>
      <Icon name="clock" size={20} />
      {seconds !== null && <span aria-hidden="true">{durationShort(seconds)}</span>}
      {seconds === null && (
        <span class="choice-label" aria-hidden="true">
          {policy?.expires_in_seconds == null ? 'Stays' : durationWords(policy.expires_in_seconds)}
        </span>
      )}
      <select
        aria-label="Disappears after"
        title="Disappears after"
        value={seconds === null ? '' : String(seconds)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          chosen.value = value === '' ? null : Number(value);
        }}
      >
        <option value="">Chat’s default{fallback}</option>
        {expiryChoices.map((choice) => (
          <option key={choice.seconds} value={String(choice.seconds)}>
            {choice.label}
          </option>
        ))}
      </select>
    </span>
  );
}
