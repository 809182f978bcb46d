import type { JSX, TargetedEvent } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly type?: 'text' | 'password';
  readonly autocomplete: AutoFill;
  readonly hint: string | undefined;
  readonly problem: string | undefined;
  change(value: string): void;
}
type AutoFill = 'username' | 'name' | 'new-password' | 'current-password';

/** A labelled field of the session's forms with its hint, or what is wrong with it. */
export function TextField({ label, value, type = 'text', autocomplete, hint, problem, change }: TextFieldProps): JSX.Element {
  const id = useId();
  const ref = useRef<HTMLInputElement>(null);
  // Where something is to be mended is where the user goes on.
  useEffect(() => {
    if (problem !== undefined) ref.current?.focus();
  }, [problem]);
  const note = problem ?? hint;
  const shared = {
    ref,
    id,
    value,
    autocomplete,
    autocapitalize: 'none',
    spellcheck: false,
    'aria-describedby': note === undefined ? undefined : `${id}-note`,
    'aria-invalid': problem !== undefined,
    onInput: (event: TargetedEvent<HTMLInputElement>) => change(event.currentTarget.value),
  } as const;
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      {type === 'password' ? <input type="password" {...shared} /> : <input type="text" {...shared} />}
      {note !== undefined && (
        <p
          id={`${id}-note`}
          class={problem === undefined ? 'field-hint' : 'field-problem'}
          role={problem === undefined ? undefined : 'alert'}
        >
          {note}
        </p>
      )}
    </div>
  );
}
