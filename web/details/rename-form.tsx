import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import * as v from 'valibot';
import { chatName } from '../../src/protocol/text';
import { useRoom } from '../conversation/room-context';
import { problemWords } from '../ui/problem-words';

/** The group's name, to be changed in place. */
export function RenameForm({ name }: { name: string }): JSX.Element {
  const { admin } = useRoom();
  const id = useId();
  const [value, setValue] = useState(name);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    const checked = v.safeParse(chatName, value);
    if (!checked.success) return setProblem(`The name ${checked.issues[0].message}.`);
    setBusy(true);
    setProblem(null);
    try {
      await admin.rename(checked.output);
      setValue(checked.output);
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="rename-form" onSubmit={save} noValidate>
      <div class="field">
        <label htmlFor={id}>Group name</label>
        <div class="rename-row">
          <input
            id={id}
            value={value}
            autocomplete="off"
            aria-invalid={problem !== null}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
          {value.trim() !== name && (
            <button type="submit" class="button button-primary" disabled={isBusy}>
              Rename
            </button>
          )}
        </div>
      </div>
      {problem !== null && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
