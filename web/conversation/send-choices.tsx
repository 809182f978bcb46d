import type { JSX } from 'preact';
import { ExpiryChoice } from '../expiry/expiry-choice';
import { OnceSwitch } from '../once/once-switch';
import { useRoom } from './room-context';

/** What becomes of the next lines: how often they can be looked at, and how long they live. */
export function SendChoices(): JSX.Element {
  const { choices, membership } = useRoom();
  return (
    <>
      <OnceSwitch isOn={choices.isOnce} allowsReplay={choices.allowsReplay} />
      <ExpiryChoice chosen={choices.expiresInSeconds} policy={membership.chat.value?.policy} />
    </>
  );
}
