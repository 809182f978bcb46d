import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import * as v from 'valibot';
import { maxTextCodePoints } from '../../src/protocol/limits';
import { codePointLength, messageText } from '../../src/protocol/text';
import { ExpiryChoice } from '../expiry/expiry-choice';
import { LazySnapDialog, preloadSnapDialog } from '../media/lazy-snap-dialog';
import type { MediaSource } from '../media/media-source';
import { OnceSwitch, onceNote } from '../once/once-switch';
import { Icon } from '../ui/icon';
import { hasKeyboard } from './has-keyboard';
import { useRoom } from './room-context';
import { useAttempt } from './trouble-strip';
import './composer.css';

/** Characters left below which they are counted. */
const countFrom = 500;

/** Where the user writes, takes pictures, and chooses how long it all lives; also where a line of theirs is edited. */
export function Composer(): JSX.Element {
  const room = useRoom();
  const attempt = useAttempt();
  const fieldRef = useRef<HTMLTextAreaElement>(null);
  const fileRef = useRef<HTMLInputElement>(null);
  const source = useSignal<MediaSource | null>(null);
  const isSaving = useSignal(false);
  const editingId = room.actions.editing.value?.id;
  const isEditing = editingId !== undefined;
  const field = isEditing ? room.actions.editedText : room.draft;
  const text = field.value;
  const left = maxTextCodePoints - codePointLength(text);
  const checked = v.safeParse(messageText, text);

  useEffect(() => {
    if (hasKeyboard()) fieldRef.current?.focus();
    return () => room.typing.stopped();
  }, [room]);
  const replyingToId = room.actions.replyingTo.value?.id;
  useEffect(() => {
    // Asked for by the user: here the keyboard may open.
    if (editingId !== undefined || replyingToId !== undefined) fieldRef.current?.focus();
  }, [editingId, replyingToId]);
  useLayoutEffect(() => fitHeight(fieldRef.current), [text]);

  const save = (content: string) => {
    if (isSaving.peek()) return;
    isSaving.value = true;
    attempt('The change was not saved.', () =>
      room.actions.saveEdit(content).finally(() => {
        isSaving.value = false;
      }),
    );
  };
  const send = () => {
    if (!checked.success) return;
    if (isEditing) return save(checked.output);
    room.sendText(checked.output);
    room.draft.value = '';
    fieldRef.current?.focus();
  };
  const takeFile = (files: FileList | null | undefined): boolean => {
    const picture = isEditing ? undefined : [...(files ?? [])].find(({ type }) => type.startsWith('image/'));
    if (picture !== undefined) source.value = { kind: 'file', file: picture };
    return picture !== undefined;
  };

  return (
    <form
      class="composer"
      aria-label="Write a message"
      data-has-text={text !== '' || isEditing}
      data-is-once={room.isOnce.value}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <button
        type="button"
        class="icon-button"
        aria-label="Take a photo"
        disabled={isEditing}
        onPointerEnter={preloadSnapDialog}
        onClick={() => {
          source.value = { kind: 'camera' };
        }}
      >
        <Icon name="camera" />
      </button>
      <button
        type="button"
        class="icon-button composer-file"
        aria-label="Choose a picture"
        disabled={isEditing}
        onClick={() => fileRef.current?.click()}
      >
        <Icon name="picture" />
      </button>
      <input
        ref={fileRef}
        class="visually-hidden"
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-hidden="true"
        data-testid="picture-input"
        onChange={(event) => {
          takeFile(event.currentTarget.files);
          // Choosing the same file again must be a change again.
          event.currentTarget.value = '';
        }}
      />
      <div class="composer-field">
        <textarea
          ref={fieldRef}
          rows={1}
          value={text}
          placeholder="Message"
          aria-label="Message"
          dir="auto"
          enterkeyhint="enter"
          onInput={({ currentTarget: { value } }) => {
            field.value = value;
            if (!isEditing) room.typing.typed(value.trim() === '');
          }}
          onBlur={() => room.typing.stopped()}
          onPaste={(event) => {
            if (takeFile(event.clipboardData?.files)) event.preventDefault();
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && !event.isComposing) {
              room.actions.stopEditing();
              room.actions.stopReplying();
            }
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !hasKeyboard()) return;
            event.preventDefault();
            send();
          }}
        />
        {left < countFrom && (
          <span class="composer-count" data-over={left < 0} role="status">
            {left < 0 ? `${-left} too many` : `${left} left`}
          </span>
        )}
        {!isEditing && (
          <>
            <OnceSwitch isOn={room.isOnce} allowsReplay={room.allowsReplay} />
            <ExpiryChoice chosen={room.expiresInSeconds} policy={room.membership.chat.value?.policy} />
          </>
        )}
      </div>
      <button type="submit" class="send-button" aria-label={isEditing ? 'Save' : 'Send'} disabled={!checked.success || isSaving.value}>
        <Icon name={isEditing ? 'check' : 'send'} />
      </button>
      {source.value !== null && (
        <LazySnapDialog
          source={source.value}
          choices={
            <>
              <OnceSwitch isOn={room.isOnce} allowsReplay={room.allowsReplay} />
              <ExpiryChoice chosen={room.expiresInSeconds} policy={room.membership.chat.value?.policy} />
            </>
          }
          note={room.isOnce.value ? onceNote(room.allowsReplay.value) : null}
          send={(picture, caption) => {
            source.value = null;
            room.sendMedium(picture, caption);
          }}
          close={() => {
            source.value = null;
          }}
        />
      )}
    </form>
  );
}

/** The field grows with its text up to what the style sheet allows. */
function fitHeight(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
