import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import * as v from 'valibot';
import { problemWords } from './problem-words';
import './name-form.css';

export interface NameFormProps {
  readonly label: string;
  readonly hint?: string;
  readonly name: string;
  readonly rule: v.GenericSchema<string, string>;
  readonly verb: string;
  readonly autocomplete?: 'name' | 'off';
  rename(name: string): Promise<void>;
}

/** A name, to be changed in place. */
export function NameForm({ label, hint, name, rule, verb, autocomplete = 'off', rename }: NameFormProps): JSX.Element {
  const id = useId();
  const [value, setValue] = useState(name);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    const checked = v.safeParse(rule, value);
    if (!checked.success) return setProblem(`The name ${checked.issues[0].message}.`);
    setBusy(true);
    setProblem(null);
    try {
      await rename(checked.output);
      setValue(checked.output);
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setBusy(false);
    }
  };
  const note = problem ?? hint;
  return (
    <form class="name-form field" onSubmit={save} noValidate>
      <label htmlFor={id}>{label}</label>
      <div class="name-row">
        <input
          id={id}
          value={value}
          autocomplete={autocomplete}
          aria-invalid={problem !== null}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        {value.trim() !== name && (
          <button type="submit" class="button button-primary" disabled={isBusy}>
            {verb}
          </button>
        )}
      </div>
      {note !== undefined && (
        <p id={`${id}-note`} class={problem === null ? 'field-hint' : 'field-problem'} role={problem === null ? undefined : 'alert'}>
          {note}
        </p>
      )}
    </form>
  );
}
