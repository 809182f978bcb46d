import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as v from 'valibot';
import { password as passwordRule } from '../../src/protocol/text';
import { useAccount } from '../app';
import { TextField } from '../session/text-field';
import { Dialog } from '../ui/dialog';
import { FormProblem } from '../ui/form-problem';
import { problemWords } from '../ui/problem-words';
import { WireProblem } from '../wire/wire-problem';

/** A new password; every other device is signed out by it [AUTH-4]. */
export function PasswordDialog({ close }: { close(): void }): JSX.Element {
  const { wire, me } = useAccount();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const [problem, setProblem] = useState<{ readonly field: 'current' | 'next' | null; readonly words: string } | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    const checked = v.safeParse(passwordRule, next);
    if (!checked.success) return setProblem({ field: 'next', words: `The new password ${checked.issues[0].message}.` });
    setBusy(true);
    setProblem(null);
    try {
      await wire.rest.changePassword(current, next);
      setDone(true);
    } catch (error) {
      const code = error instanceof WireProblem ? error.code : '';
      const field = code === 'wrong_password' ? 'current' : code === 'weak_password' ? 'next' : null;
      setProblem({ field, words: problemWords(error) });
      setBusy(false);
    }
  };

  if (isDone) {
    return (
      <Dialog title="Change password" close={close}>
        <p role="status">Your password is changed. All your other devices were signed out.</p>
        <button type="button" class="button button-wide" onClick={close}>
          Done
        </button>
      </Dialog>
    );
  }
  return (
    <Dialog title="Change password" close={close}>
      <form class="password-form" onSubmit={submit} noValidate>
        {/* Password managers want to know whose password this is. */}
        <input class="visually-hidden" type="text" autocomplete="username" value={me.username} readOnly tabIndex={-1} aria-hidden="true" />
        <TextField
          label="Present password"
          type="password"
          value={current}
          change={setCurrent}
          autocomplete="current-password"
          hint={undefined}
          problem={problem?.field === 'current' ? problem.words : undefined}
        />
        <TextField
          label="New password"
          type="password"
          value={next}
          change={setNext}
          autocomplete="new-password"
          hint="At least 8 characters. All your other devices are signed out."
          problem={problem?.field === 'next' ? problem.words : undefined}
        />
        <FormProblem words={problem?.field === null ? problem.words : null} />
        <button type="submit" class="button button-primary button-wide" disabled={isBusy || current === '' || next === ''}>
          {isBusy ? 'One moment…' : 'Change password'}
        </button>
      </form>
    </Dialog>
  );
}
