import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useAccount } from '../app';
import { hasKeyboard } from '../conversation/has-keyboard';
import { Icon } from '../ui/icon';
import { addressOfPerson } from '../ui/route';

/** Gives away an address at which others find the user: by what the phone shares with, elsewhere by the clipboard. */
export function InviteButton(): JSX.Element {
  const url = addressOfPerson(useAccount().me.username);
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  const invite = async () => {
    setOutcome(null);
    try {
      if (!hasKeyboard() && 'share' in navigator) return await navigator.share({ title: 'RelayHub', url });
      await navigator.clipboard.writeText(url);
      setOutcome('copied');
    } catch (error) {
      // Who changes their mind need not be told.
      if (!(error instanceof DOMException && error.name === 'AbortError')) setOutcome('failed');
    }
  };
  return (
    <div class="invite">
      <button type="button" class="link-button" onClick={invite}>
        <Icon name="link" size={18} />
        Invite by link
      </button>
      <p class="field-hint" role="status">
        {outcome === 'copied' && 'Copied. Whoever opens it finds you.'}
        {outcome === 'failed' && 'It could not be copied. Tell them your username.'}
      </p>
    </div>
  );
}
