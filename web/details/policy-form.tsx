import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { ExpireMode, Policy } from '../../src/protocol/models';
import { useRoom } from '../conversation/room-context';
import { durationWords, policySeconds, policySentence } from '../expiry/expiry-words';
import { problemWords } from '../ui/problem-words';

/** When the chat's messages disappear [EXP-6]: how long, and counted from what. It holds for what is sent from then on. */
export function PolicyForm({ policy, canChange }: { policy: Policy; canChange: boolean }): JSX.Element {
  const { admin } = useRoom();
  const id = useId();
  const [seconds, setSeconds] = useState(policy.expires_in_seconds);
  const [mode, setMode] = useState<ExpireMode>(policy.expire_mode);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  if (!canChange) return <p>{policySentence(policy)}</p>;

  const offered = policySeconds.includes(seconds) ? policySeconds : [...policySeconds, seconds];
  const isChanged = seconds !== policy.expires_in_seconds || (seconds !== null && mode !== policy.expire_mode);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await admin.setPolicy({ expires_in_seconds: seconds, expire_mode: mode });
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="policy-form" onSubmit={save}>
      <div class="policy-fields">
        <div class="field">
          <label htmlFor={`${id}-seconds`}>Messages disappear</label>
          <select
            id={`${id}-seconds`}
            value={seconds === null ? 'off' : String(seconds)}
            onChange={({ currentTarget: { value } }) => setSeconds(value === 'off' ? null : Number(value))}
          >
            {offered.map((choice) => (
              <option key={choice} value={choice === null ? 'off' : String(choice)}>
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
              onChange={({ currentTarget: { value } }) => setMode(value === 'after_read' ? 'after_read' : 'after_send')}
            >
              <option value="after_send">after sending</option>
              <option value="after_read">after reading</option>
            </select>
          </div>
        )}
      </div>
      {problem !== null && (
        <p class="form-problem" role="alert">
          {problem}
        </p>
      )}
      {isChanged && (
        <button type="submit" class="button button-primary" disabled={isBusy}>
          Save
        </button>
      )}
      <p class="field-hint">For messages sent from now on. Everybody in the chat is told.</p>
    </form>
  );
}
