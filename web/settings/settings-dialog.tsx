import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { displayName } from '../../src/protocol/text';
import { useAccount, useApp } from '../app';
import { BlockedList } from '../blocks/blocked-list';
import { ExpiryFields } from '../expiry/expiry-fields';
import { PushSettings } from '../push/push-settings';
import { Dialog } from '../ui/dialog';
import { FormProblem } from '../ui/form-problem';
import { Icon } from '../ui/icon';
import { NameForm } from '../ui/name-form';
import { problemWords } from '../ui/problem-words';
import { goToList } from '../ui/route';
import { Switch } from '../ui/switch';
import { DeviceList } from './device-list';
import { OwnPicture } from './own-picture';
import { PasswordDialog } from './password-dialog';
import './settings.css';

/** What users say about themselves, what they let others know, where they are signed in, and the way out. */
export function SettingsDialog({ close }: { close(): void }): JSX.Element {
  const { session } = useApp();
  const { me } = useAccount();
  // A new password has ended sessions.
  const [passwordsClosed, setPasswordsClosed] = useState(0);
  return (
    <Dialog title="Settings" close={close}>
      <OwnPicture />
      <section aria-label="Profile">
        <NameForm
          key={me.display_name}
          label="Your name"
          hint="Everybody you chat with sees it."
          name={me.display_name}
          rule={displayName}
          verb="Save"
          autocomplete="name"
          rename={(display_name) => session.change({ display_name })}
        />
      </section>
      <Privacy />
      <section class="settings-part" aria-labelledby="blocked">
        <h3 id="blocked">Blocked people</h3>
        <BlockedList />
      </section>
      <NewChats />
      <PushSettings />
      <section class="settings-part" aria-labelledby="devices">
        <h3 id="devices">Devices</h3>
        <DeviceList key={passwordsClosed} />
      </section>
      <WayOut passwordClosed={() => setPasswordsClosed((count) => count + 1)} />
    </Dialog>
  );
}

function Privacy(): JSX.Element {
  const { session } = useApp();
  const { settings } = useAccount().me;
  return (
    <section class="settings-part" aria-labelledby="privacy">
      <h3 id="privacy">Privacy</h3>
      <Switch
        label="Read receipts"
        isOn={settings.read_receipts}
        change={(read_receipts) => session.change({ settings: { read_receipts } })}
      >
        {/* [RCPT-3] asks for the second sentence. */}
        Off, nobody is told what you read, and you are not told what others read. Where messages disappear after reading, their disappearing
        still tells. On again, the next thing you read tells of everything before it.
      </Switch>
      <Switch label="When you are online" isOn={settings.presence} change={(presence) => session.change({ settings: { presence } })}>
        Off, nobody sees when you are online or were last, and you do not see it of others.
      </Switch>
      <Switch label="Others can find you" isOn={settings.findable} change={(findable) => session.change({ settings: { findable } })}>
        Off, only those who type your whole username do.
      </Switch>
    </section>
  );
}

/** [EXP-6] */
function NewChats(): JSX.Element {
  const { session } = useApp();
  const { default_expiry } = useAccount().me.settings;
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <section class="settings-part" aria-labelledby="new-chats">
      <h3 id="new-chats">New chats</h3>
      <ExpiryFields
        label="Messages disappear"
        chosen={default_expiry}
        noneLabel="As usual"
        choose={(chosen) => {
          setProblem(null);
          session.change({ settings: { default_expiry: chosen } }).catch((error: unknown) => setProblem(problemWords(error)));
        }}
      />
      {problem !== null && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
      <p class="field-hint">
        For chats that you begin. As usual is 1 day after reading between two people, and 1 week after sending in groups.
      </p>
    </section>
  );
}

function WayOut({ passwordClosed }: { passwordClosed(): void }): JSX.Element {
  const { session } = useApp();
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
    <section class="settings-part" aria-labelledby="account">
      <h3 id="account">Account</h3>
      <button type="button" class="button button-wide" onClick={() => setChanging(true)}>
        <Icon name="key" size={20} />
        Change password
      </button>
      <button type="button" class="button button-wide" disabled={isBusy} onClick={signOut}>
        <Icon name="signout" size={20} />
        Sign out
      </button>
      <FormProblem words={problem} />
      {isChanging && (
        <PasswordDialog
          close={() => {
            setChanging(false);
            passwordClosed();
          }}
        />
      )}
    </section>
  );
}
