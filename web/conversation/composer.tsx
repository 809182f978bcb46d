import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import * as v from 'valibot';
import { maxTextCodePoints } from '../../src/protocol/limits';
import { codePointLength, messageText } from '../../src/protocol/text';
import { useAccount } from '../app';
import { newestEditable } from '../line-menu/line-choices';
import { useReader } from '../line-menu/use-reader';
import { preloadSnapDialog } from '../media/lazy-snap-dialog';
import type { MediaSource } from '../media/media-source';
import { Icon } from '../ui/icon';
import { LazyVoiceBar } from '../voice/lazy-voice';
import { MicButton, type VoiceInHand } from '../voice/mic-button';
import { hasKeyboard } from './has-keyboard';
import { useRoom } from './room-context';
import { SendChoices } from './send-choices';
import { useAttempt } from './trouble-strip';
import './composer.css';

/** Characters left below which they are counted. */
const countFrom = 500;

export interface ComposerProps {
  /** Where the media come from that the user wants to send; null while they do not. */
  readonly source: Signal<MediaSource | null>;
}

/** Where the user writes, speaks, takes pictures, and chooses how long it all lives; also where a line of theirs is edited. */
export function Composer({ source }: ComposerProps): JSX.Element {
  const room = useRoom();
  const { clock } = useAccount().wire;
  const reader = useReader();
  const attempt = useAttempt();
  const fieldRef = useRef<HTMLTextAreaElement>(null);
  const fileRef = useRef<HTMLInputElement>(null);
  const voice = useSignal<VoiceInHand | null>(null);
  const isSaving = useSignal(false);
  const editingId = room.actions.editing.value?.id;
  const isEditing = editingId !== undefined;
  const field = isEditing ? room.actions.editedText : room.draft;
  const text = field.value;
  const left = maxTextCodePoints - codePointLength(text);
  const checked = v.safeParse(messageText, text);
  // Of few characters too, where each takes many bytes.
  const isTooLong = !checked.success && text.trim() !== '';

  useEffect(() => {
    if (hasKeyboard()) fieldRef.current?.focus();
    return () => {
      room.typing.stopped();
      voice.peek()?.note.cancel();
    };
  }, [room]);
  const replyingToId = room.actions.replyingTo.value?.id;
  useEffect(() => {
    // Asked for by the user: here the keyboard may open.
    if (editingId !== undefined || replyingToId !== undefined) fieldRef.current?.focus();
  }, [editingId, replyingToId]);
  useLayoutEffect(() => fitHeight(fieldRef.current), [text]);
  const isSpeaking = voice.value !== null;
  const hasSpoken = useRef(false);
  useEffect(() => {
    // What had the focus is not there any more.
    if (hasSpoken.current && !isSpeaking && hasKeyboard()) fieldRef.current?.focus();
    hasSpoken.current = isSpeaking;
  }, [isSpeaking]);

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
  const takeFiles = (list: FileList | null | undefined): boolean => {
    const files = isEditing ? [] : [...(list ?? [])];
    if (files.length > 0) source.value = { kind: 'files', files };
    return files.length > 0;
  };

  const writing = (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Open the camera"
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
        aria-label="Attach files"
        disabled={isEditing}
        onPointerEnter={preloadSnapDialog}
        onClick={() => fileRef.current?.click()}
      >
        <Icon name="attach" />
      </button>
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
            if (takeFiles(event.clipboardData?.files)) event.preventDefault();
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && !event.isComposing) {
              room.actions.stopEditing();
              room.actions.stopReplying();
            }
            if (event.key === 'ArrowUp' && text === '' && !isEditing && !event.isComposing) {
              const newest = newestEditable(room.lines.peek(), reader, clock.now());
              if (newest === null) return;
              event.preventDefault();
              room.actions.startEditing(newest);
            }
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !hasKeyboard()) return;
            event.preventDefault();
            send();
          }}
        />
        {(left < countFrom || isTooLong) && (
          <span class="composer-count" data-over={isTooLong} role="status">
            {left < 0 ? `${-left} too many` : isTooLong ? 'Too long: send it in two parts' : `${left} left`}
          </span>
        )}
        {!isEditing && <SendChoices />}
      </div>
    </>
  );
  const speaking = voice.value !== null && (
    <LazyVoiceBar
      note={voice.value.note}
      hold={voice.value.hold}
      choices={<SendChoices />}
      send={(recorded) => {
        room.sendMedia([recorded], '');
        voice.peek()?.note.cancel();
      }}
      choose={() => {
        voice.peek()?.note.cancel();
        fileRef.current?.click();
      }}
      close={() => voice.peek()?.note.cancel()}
    />
  );
  const voiceStep = voice.value?.note.step.value.kind;
  const canSpeak = voiceStep === undefined ? text === '' && !isEditing : voiceStep === 'starting' || voiceStep === 'recording';
  return (
    <form
      class="composer"
      aria-label="Write a message"
      data-has-text={text !== '' || isEditing}
      data-is-once={room.choices.isOnce.value}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <input
        ref={fileRef}
        class="visually-hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-testid="file-input"
        onChange={(event) => {
          takeFiles(event.currentTarget.files);
          // Choosing the same file again must be a change again.
          event.currentTarget.value = '';
        }}
      />
      {isSpeaking ? speaking : writing}
      {canSpeak && <MicButton voice={voice} />}
      {!canSpeak && !isSpeaking && (
        <button type="submit" class="send-button" aria-label={isEditing ? 'Save' : 'Send'} disabled={!checked.success || isSaving.value}>
          <Icon name={isEditing ? 'check' : 'send'} />
        </button>
      )}
    </form>
  );
}

/** The field grows with its text up to what the style sheet allows. */
function fitHeight(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = 'auto';
  // Empty it has one row without being measured, which would cost a layout of the whole page.
  if (field.value !== '') field.style.height = `${field.scrollHeight}px`;
}
