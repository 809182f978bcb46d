import type { JSX } from 'preact';
import { ExpiryChoice } from '../expiry/expiry-choice';
import { OnceSwitch } from '../once/once-switch';
import { useRoom } from './room-context';

/** What becomes of the next lines: how often they can be looked at, and how long they live. */
export function SendChoices(): JSX.Element {
  const room = useRoom();
  return (
    <>
      <OnceSwitch isOn={room.isOnce} allowsReplay={room.allowsReplay} />
      <ExpiryChoice chosen={room.expiresInSeconds} policy={room.membership.chat.value?.policy} />
    </>
  );
}
