import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useAccount } from '../app';
import { LazySettingsDialog, preloadSettingsDialog } from '../settings/lazy-settings-dialog';
import { Avatar } from '../ui/avatar';

/** The user's own disc; behind it, who they are, what they have chosen, and the way out. */
export function OwnButton(): JSX.Element {
  const { me } = useAccount();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="own-button"
        aria-label="Your account"
        aria-haspopup="dialog"
        onPointerEnter={preloadSettingsDialog}
        onFocus={preloadSettingsDialog}
        onClick={() => setOpen(true)}
      >
        <Avatar name={me.display_name} id={me.id} url={me.avatar_url} size="small" />
      </button>
      {isOpen && <LazySettingsDialog close={() => setOpen(false)} />}
    </>
  );
}
