import type { JSX } from 'preact';
import { onceNote } from '../once/once-switch';
import { QuoteText } from '../reply/quote';
import { quoteWords } from '../reply/quote-words';
import { Icon } from '../ui/icon';
import { useRoom } from './room-context';

/** What the composer is about when it is not just the next line: an answer, an edit, a view-once line. */
export function ComposerStrip(): JSX.Element | null {
  const { actions, choices } = useRoom();
  const editing = actions.editing.value;
  const replyingTo = actions.replyingTo.value;
  if (editing !== null) {
    return (
      <Strip icon="edit" cancelLabel="Stop editing" cancel={() => actions.stopEditing()}>
        <span class="composer-strip-title">Editing</span>
        <span class="quote-words">{quoteWords(editing)}</span>
      </Strip>
    );
  }
  return (
    <>
      {replyingTo !== null && (
        <Strip icon="reply" cancelLabel="Do not reply" cancel={() => actions.stopReplying()}>
          <span class="visually-hidden">Replying to </span>
          <QuoteText line={replyingTo} />
        </Strip>
      )}
      {choices.isOnce.value && (
        <Strip
          icon="once"
          cancelLabel="Turn view once off"
          cancel={() => {
            choices.isOnce.value = false;
          }}
        >
          <span class="composer-strip-title">View once</span>
          <span>{onceNote(choices.allowsReplay.value)}</span>
        </Strip>
      )}
    </>
  );
}

interface StripProps {
  readonly icon: 'edit' | 'reply' | 'once';
  readonly cancelLabel: string;
  readonly children: JSX.Element[];
  cancel(): void;
}

function Strip({ icon, cancelLabel, children, cancel }: StripProps): JSX.Element {
  return (
    <div class="composer-strip" data-testid="composer-strip">
      <Icon name={icon} size={20} />
      <div class="composer-strip-text">{children}</div>
      <button type="button" class="icon-button" aria-label={cancelLabel} onClick={cancel}>
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
