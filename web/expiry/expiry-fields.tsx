import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { ExpiryChoice } from '../../src/protocol/models';
import { durationWords, policySeconds } from './expiry-words';
import './expiry-fields.css';

export interface ExpiryFieldsProps {
  readonly label: string;
  readonly chosen: ExpiryChoice | null;
  /** What choosing null means; left out where a choice must be made. */
  readonly noneLabel?: string;
  choose(chosen: ExpiryChoice | null): void;
}

const [none, off] = ['none', 'off'];

/** How long the messages of a chat live, and counted from what [EXP-6]. */
export function ExpiryFields({ label, chosen, noneLabel, choose }: ExpiryFieldsProps): JSX.Element {
  const id = useId();
  const seconds = chosen?.expires_in_seconds ?? null;
  const mode = chosen?.expire_mode ?? 'after_send';
  const offered = policySeconds.includes(seconds) ? policySeconds : [...policySeconds, seconds];
  return (
    <div class="expiry-fields">
      <div class="field">
        <label htmlFor={`${id}-seconds`}>{label}</label>
        <select
          id={`${id}-seconds`}
          value={chosen === null ? none : seconds === null ? off : String(seconds)}
          onChange={({ currentTarget: { value } }) =>
            choose(value === none ? null : { expires_in_seconds: value === off ? null : Number(value), expire_mode: mode })
          }
        >
          {noneLabel !== undefined && <option value={none}>{noneLabel}</option>}
          {offered.map((choice) => (
            <option key={choice} value={choice === null ? off : String(choice)}>
              {choice === null ? 'Off' : durationWords(choice)}
            </option>
          ))}
        </select>
      </div>
      {seconds !== null && (
        <div class="field">
          <label htmlFor={`${id}-mode`}>Counted</label>
          <select
            id={`${id}-mode`}
            value={mode}
            onChange={({ currentTarget: { value } }) =>
              choose({ expires_in_seconds: seconds, expire_mode: value === 'after_read' ? 'after_read' : 'after_send' })
            }
          >
            <option value="after_send">after sending</option>
            <option value="after_read">after reading</option>
          </select>
        </div>
      )}
    </div>
  );
}
