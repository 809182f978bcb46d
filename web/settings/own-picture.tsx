import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { avatarSidePx } from '../../src/protocol/limits';
import { useAccount, useApp } from '../app';
import { NotAPicture, reencode } from '../media/reencode';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { problemWords } from '../ui/problem-words';

/** So that the shorter side of most pictures still fills the square. */
const sentSidePx = 3 * avatarSidePx;

/** The user's own picture, and the ways to another one or to none. */
export function OwnPicture(): JSX.Element {
  const { session } = useApp();
  const { me } = useAccount();
  const fileRef = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const hasPicture = me.avatar_url !== null;
  const change = async (make: () => Promise<Blob | null>) => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await session.changePicture(await make());
    } catch (error) {
      setProblem(error instanceof NotAPicture ? 'Your browser cannot open this picture. Choose a JPEG, PNG or WebP.' : problemWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="own-picture" aria-busy={isBusy}>
      <Avatar name={me.display_name} id={me.id} url={me.avatar_url} size="large" />
      <input
        ref={fileRef}
        class="visually-hidden"
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-hidden="true"
        data-testid="picture-input"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // Choosing the same file again must be a change again.
          currentTarget.value = '';
          if (file !== undefined) void change(async () => (await reencode(file, sentSidePx)).blob);
        }}
      />
      <p class="own-username">@{me.username}</p>
      <div class="own-picture-actions">
        <button type="button" class="link-button" onClick={() => fileRef.current?.click()}>
          <Icon name="camera" size={18} />
          {isBusy ? 'One moment…' : hasPicture ? 'Change picture' : 'Add a picture'}
        </button>
        {hasPicture && !isBusy && (
          <button type="button" class="link-button" onClick={() => change(() => Promise.resolve(null))}>
            Remove
          </button>
        )}
      </div>
      {problem !== null && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
