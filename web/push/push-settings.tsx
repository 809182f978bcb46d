import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useAccount, useApp } from '../app';
import { assertNever } from '../assert-never';
import { Switch } from '../ui/switch';
import type { PushState } from './device-push';

/** [INBOX-5] Whether this device tells of messages, and what its notifications and those of the user's other devices show. */
export function PushSettings(): JSX.Element {
  const { session } = useApp();
  const { me, push } = useAccount();
  useEffect(() => void push.look(), [push]);
  const state = push.state.value;
  const why = whyNot(state);
  return (
    <section class="settings-part" aria-labelledby="notifications">
      <h3 id="notifications">Notifications</h3>
      {why === null ? (
        <Switch label="Tell me of new messages" isOn={state === 'on'} change={(isOn) => (isOn ? push.turnOn() : push.turnOff())}>
          Here, while RelayHub is closed or in the background. Muted chats stay quiet. Your other devices have this switch, too.
        </Switch>
      ) : (
        <p class="field-hint">{why}</p>
      )}
      <Switch
        label="Say who it is from"
        isOn={me.settings.push_shows === 'name'}
        change={(isOn) => session.change({ settings: { push_shows: isOn ? 'name' : 'nothing' } })}
      >
        Off, a notification says “New message” and nothing else. What a message says is never shown. For all of your devices.
      </Switch>
    </section>
  );
}

/** What keeps this device from being told; null where nothing does, and as long as nobody knows: mostly nothing does, and then nothing moves. */
function whyNot(state: PushState): string | null {
  switch (state) {
    case 'unknown':
    case 'on':
    case 'off':
      return null;
    case 'denied':
      return 'This browser was told not to show notifications of RelayHub. Allow them in its settings for this site, beside the address, and come back here.';
    case 'unsupported':
      return 'This browser shows no notifications of web pages. On an iPhone or iPad, add RelayHub to the Home Screen and open it from there.';
    case 'unavailable':
      return 'This RelayHub sends no notifications.';
    default:
      return assertNever(state);
  }
}
