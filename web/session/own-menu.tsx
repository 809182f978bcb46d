import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useAccount, useApp } from '../app';
import { Avatar } from '../ui/avatar';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { problemWords } from '../ui/problem-words';
import { goToList } from '../ui/route';
import { PasswordDialog } from './password-dialog';

/** The user's own disc; behind it, who they are and the way out. */
export function OwnMenu(): JSX.Element {
  const { session } = useApp();
  const { me } = useAccount();
  const [isOpen, setOpen] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const signOut = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await session.signOut();
      goToList();
    } catch (error) {
      setProblem(problemWords(error));
      setBusy(false);
    }
  };

  return (
    <>
      <button type="button" class="own-button" aria-label="Your account" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Avatar name={me.display_name} id={me.id} size="small" />
      </button>
      {isOpen && (
        <Dialog title="Your account" close={() => setOpen(false)}>
          <div class="own-card">
            <Avatar name={me.display_name} id={me.id} size="large" />
            <p class="own-name">{me.display_name}</p>
            <p class="own-username">@{me.username}</p>
            <p class="own-hint">Others find you by your username.</p>
          </div>
          {problem !== null && (
            <p class="form-problem" role="alert">
              {problem}
            </p>
          )}
          <button type="button" class="button button-wide" onClick={() => setChanging(true)}>
            <Icon name="key" size={20} />
            Change password
          </button>
          <button type="button" class="button button-wide" disabled={isBusy} onClick={signOut}>
            <Icon name="signout" size={20} />
            Sign out
          </button>
        </Dialog>
      )}
      {isChanging && <PasswordDialog close={() => setChanging(false)} />}
    </>
  );
}
