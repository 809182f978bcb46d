import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { assertNever } from '../assert-never';
import { AudioPlayer } from '../media/audio-player';
import { clipTime } from '../media/media-words';
import { Icon } from '../ui/icon';
import type { PreparedVoice, VoiceNote, VoiceStep } from './voice-note';
import './voice-bar.css';

export interface VoiceBarProps {
  readonly note: VoiceNote;
  /** Whether a finger rests on the button, and whether it has slid away far enough to throw the recording away. */
  readonly hold: 'free' | 'held' | 'slid';
  /** The controls of what becomes of it. */
  readonly choices: ComponentChildren;
  send(voice: PreparedVoice): void;
  choose(): void;
}

/** Takes the composer's place while a voice message is made. */
export function VoiceBar({ note, hold, choices, send, choose }: VoiceBarProps): JSX.Element {
  const step = note.step.value;
  const isAsking = step.kind === 'asking' || step.kind === 'trouble';
  const firstRef = useRef<HTMLButtonElement>(null);
  useEffect(() => firstRef.current?.focus(), [step.kind]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') note.cancel();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [note]);
  const cancel = (label: string) => (
    <button type="button" class="icon-button" aria-label={label} onClick={() => note.cancel()}>
      <Icon name={isAsking ? 'close' : 'trash'} />
    </button>
  );
  switch (step.kind) {
    case 'asking':
      return (
        <Question words="RelayHub uses your microphone only while you record. You can listen before you send." cancel={cancel('Not now')}>
          <button ref={firstRef} type="button" class="button button-primary" onClick={() => note.start()}>
            Turn on microphone
          </button>
        </Question>
      );
    case 'starting':
      return (
        <div class="voice-bar" role="status">
          <span class="voice-words">One moment…</span>
          {cancel('Cancel the recording')}
        </div>
      );
    case 'recording':
      return (
        <div class="voice-bar" data-testid="voice-recording" data-hold={hold}>
          {cancel('Cancel the recording')}
          <span class="voice-time" role="timer" aria-label="Recorded">
            <ElapsedTime elapsedMs={step.elapsedMs} />
          </span>
          {hold === 'free' ? <Levels levels={step.levels} /> : <span class="voice-words">{holdWords[hold]}</span>}
        </div>
      );
    case 'review':
      return (
        <div class="voice-bar voice-review" data-testid="voice-review">
          {cancel('Delete the recording')}
          <AudioPlayer source={() => Promise.resolve(step.url)} durationMs={step.voice.durationMs} />
          {choices}
          <button ref={firstRef} type="button" class="send-button" aria-label="Send the recording" onClick={() => send(step.voice)}>
            <Icon name="send" />
          </button>
        </div>
      );
    case 'trouble':
      return (
        <Question words={troubleWords[step.trouble]} isTrouble cancel={cancel('Close')}>
          {(step.trouble === 'denied' || step.trouble === 'busy') && (
            <button type="button" class="button" onClick={() => note.start()}>
              Try again
            </button>
          )}
          <button ref={firstRef} type="button" class="button" onClick={choose}>
            Choose a file instead
          </button>
        </Question>
      );
    default:
      return assertNever(step);
  }
}

const holdWords = { held: '‹ Slide left to cancel', slid: 'Let go to cancel' } as const;

const troubleWords: Record<Extract<VoiceStep, { kind: 'trouble' }>['trouble'], string> = {
  insecure: 'The microphone works only over a secure (https) connection.',
  denied: 'The microphone is blocked for this page. Allow it in your browser’s address bar and try again.',
  missing: 'No microphone was found on this device.',
  busy: 'The microphone could not be started. Close other apps that use it and try again.',
  unsupported: 'This browser cannot record.',
};

interface QuestionProps {
  readonly words: string;
  readonly isTrouble?: boolean;
  readonly cancel: JSX.Element;
  readonly children: ComponentChildren;
}

function Question({ words, isTrouble = false, cancel, children }: QuestionProps): JSX.Element {
  return (
    <div class="voice-bar voice-question">
      <p role={isTrouble ? 'alert' : undefined}>{words}</p>
      {cancel}
      <div class="voice-actions">{children}</div>
    </div>
  );
}

function ElapsedTime({ elapsedMs }: { readonly elapsedMs: ReadonlySignal<number> }): JSX.Element {
  return <>{clipTime(Math.floor(elapsedMs.value / 1_000) * 1_000)}</>;
}

function Levels({ levels }: { readonly levels: ReadonlySignal<readonly number[]> }): JSX.Element {
  return (
    <span class="voice-levels" aria-hidden="true">
      {levels.value.map((level, index) => (
        <i key={index} style={{ height: `${Math.round(8 + level * 92)}%` }} />
      ))}
    </span>
  );
}
