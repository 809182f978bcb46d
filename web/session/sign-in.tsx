import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import * as v from 'valibot';
import { password as passwordRule, username as usernameRule } from '../../src/protocol/text';
import { useApp } from '../app';
import { FormProblem } from '../ui/form-problem';
import { problemWords } from '../ui/problem-words';
import { WireProblem } from '../wire/wire-problem';
import { TextField } from './text-field';
import './sign-in.css';

type Mode = 'log_in' | 'sign_up';
type Field = 'username' | 'password' | 'display_name';

const usernameHint = 'Use 3 to 32 letters from a to z, digits, dots or underscores';

/** The door: log in, or make an account. */
export function SignIn(): JSX.Element {
  const { session, route } = useApp();
  const { invitedBy } = route.value;
  const [mode, setMode] = useState<Mode>(invitedBy === null ? 'log_in' : 'sign_up');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ readonly field: Field | null; readonly words: string } | null>(null);
  const formRef = useRef<HTMLFormElement>(null);
  const isNew = mode === 'sign_up';

  const submit = async (event: Event) => {
    event.preventDefault();
    const early = isNew ? checkNew(username, password) : null;
    setProblem(early);
    if (early !== null || isBusy) return;
    setBusy(true);
    try {
      await (isNew ? session.signUp(username.trim(), password, displayName.trim()) : session.logIn(username.trim(), password));
    } catch (error) {
      setProblem({ field: fieldOf(error), words: problemWords(error) });
      setBusy(false);
    }
  };

  const changeMode = (next: Mode) => {
    setMode(next);
    setProblem(null);
    // Whoever chose it is about to write.
    formRef.current?.querySelector('input')?.focus();
  };

  return (
    <main class="door">
      <div class="door-card">
        <img class="door-mark" src="/favicon.svg" width="56" height="56" alt="" />
        <h1>{isNew ? 'Create your account' : 'Welcome to RelayHub'}</h1>
        <p class="door-lead">
          {isNew
            ? `A name and a password are all it takes. ${invitedBy === null ? 'Friends find you by your username.' : `Then you can write to @${invitedBy}.`}`
            : 'Messages and photos that are gone when they should be.'}
        </p>
        {session.wasEnded.value && <p class="notice">You were signed out. Log in to go on.</p>}
        <form ref={formRef} onSubmit={submit} noValidate>
          <TextField
            label="Username"
            value={username}
            change={setUsername}
            autocomplete="username"
            hint={isNew ? usernameHint : undefined}
            problem={problem?.field === 'username' ? problem.words : undefined}
          />
          {isNew && (
            <TextField
              label="Your name (optional)"
              value={displayName}
              change={setDisplayName}
              autocomplete="name"
              hint="What others see beside your messages"
              problem={problem?.field === 'display_name' ? problem.words : undefined}
            />
          )}
          <TextField
            label="Password"
            type="password"
            value={password}
            change={setPassword}
            autocomplete={isNew ? 'new-password' : 'current-password'}
            hint={isNew ? 'At least 8 characters' : undefined}
            problem={problem?.field === 'password' ? problem.words : undefined}
          />
          <FormProblem words={problem?.field === null ? problem.words : null} />
          <button type="submit" class="button button-primary button-wide" disabled={isBusy || username === '' || password === ''}>
            {isBusy ? 'One moment…' : isNew ? 'Sign up' : 'Log in'}
          </button>
        </form>
        <p class="door-switch">
          {isNew ? 'You have an account?' : 'New here?'}{' '}
          <button type="button" class="link-button" onClick={() => changeMode(isNew ? 'log_in' : 'sign_up')}>
            {isNew ? 'Log in instead' : 'Create an account'}
          </button>
        </p>
      </div>
    </main>
  );
}

/** [AUTH-1] before asking the server, which knows more: the common passwords. */
function checkNew(username: string, password: string): { field: Field; words: string } | null {
  const name = v.safeParse(usernameRule, username.trim());
  if (!name.success) return { field: 'username', words: `This cannot be a username. ${usernameHint}.` };
  const secret = v.safeParse(passwordRule, password);
  if (!secret.success) return { field: 'password', words: `The password ${secret.issues[0].message}.` };
  return null;
}

/** The field a refusal is about; null where it is about the whole. */
function fieldOf(error: unknown): Field | null {
  if (!(error instanceof WireProblem)) return null;
  if (error.code === 'username_taken') return 'username';
  if (error.code === 'weak_password') return 'password';
  const path = error.fields[0]?.path;
  return path === 'username' || path === 'password' || path === 'display_name' ? path : null;
}
