import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ExpiryChoice, Policy } from '../../src/protocol/models';
import { useRoom } from '../conversation/room-context';
import { ExpiryFields } from '../expiry/expiry-fields';
import { policySentence } from '../expiry/expiry-words';
import { FormProblem } from '../ui/form-problem';
import { problemWords } from '../ui/problem-words';

/** When the chat's messages disappear [EXP-6]: how long, and counted from what. It holds for what is sent from then on. */
export function PolicyForm({ policy, canChange }: { policy: Policy; canChange: boolean }): JSX.Element {
  const { admin } = useRoom();
  const { expires_in_seconds, expire_mode } = policy;
  const [chosen, setChosen] = useState<ExpiryChoice>({ expires_in_seconds, expire_mode });
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  if (!canChange) return <p>{policySentence(policy)}</p>;

  const isOff = chosen.expires_in_seconds === null;
  const isChanged = chosen.expires_in_seconds !== expires_in_seconds || (!isOff && chosen.expire_mode !== expire_mode);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await admin.setPolicy(chosen);
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="policy-form" onSubmit={save}>
      <ExpiryFields label="Messages disappear" chosen={chosen} choose={(choice) => choice !== null && setChosen(choice)} />
      <FormProblem words={problem} />
      {isChanged && (
        <button type="submit" class="button button-primary" disabled={isBusy}>
          Save
        </button>
      )}
      <p class="field-hint">For messages sent from now on. Everybody in the chat is told.</p>
    </form>
  );
}
