import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { useRoom } from '../conversation/room-context';
import './push-offer.css';

/** [INBOX-5] Once the user has sent something, and never before: says what notifications are for and lets them choose. */
export function PushOffer(): JSX.Element | null {
  const { push } = useAccount();
  const { hasSent } = useRoom();
  const [hasFailed, setFailed] = useState(false);
  const isDue = hasSent.value && push.isUnanswered.value;
  useEffect(() => {
    if (isDue) void push.look();
  }, [isDue, push]);
  if (!hasSent.value || (!push.mayOffer.value && !hasFailed)) return null;
  if (hasFailed) {
    return (
      <section class="push-offer" aria-label="Notifications" role="alert">
        <p>Notifications could not be turned on. You can try again in the settings.</p>
        <div class="push-offer-choices">
          <button type="button" class="link-button" onClick={() => setFailed(false)}>
            Dismiss
          </button>
        </div>
      </section>
    );
  }
  return (
    <section class="push-offer" aria-label="Notifications" data-testid="push-offer">
      <p>Hear of the answer when RelayHub is closed? You are told that there is a message, never what it says.</p>
      <div class="push-offer-choices">
        <button type="button" class="button button-primary" onClick={() => push.turnOn().catch(() => setFailed(true))}>
          Turn on notifications
        </button>
        <button type="button" class="link-button" onClick={() => push.decline()}>
          Not now
        </button>
      </div>
    </section>
  );
}
