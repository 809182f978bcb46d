import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { useAttempt } from '../conversation/trouble-strip';
import { holdMs } from '../recording/tap-or-hold';
import { Icon } from '../ui/icon';
import { loadVoiceNote, preloadVoiceBar } from './lazy-voice';
import type { VoiceNote } from './voice-note';

/** A voice message in the making, and how the button that made it is held. */
export interface VoiceInHand {
  readonly note: VoiceNote;
  readonly hold: 'free' | 'held' | 'slid';
}

/** A finger that has slid this far to the left takes the recording back, in pixels. */
const slidePx = 90;

/**
 * Records from the first touch: let go of at once it records on until it is pressed again; held it records as long as it is held.
 */
export function MicButton({ voice }: { readonly voice: Signal<VoiceInHand | null> }): JSX.Element {
  const attempt = useAttempt();
  const press = useRef<{ readonly x: number; readonly at: number; isOver: boolean } | null>(null);
  const isRecording = voice.value?.note.step.value.kind === 'recording';

  const begin = (hold: VoiceInHand['hold']) => {
    preloadVoiceBar();
    attempt('No recording was begun.', async () => {
      const VoiceNote = await loadVoiceNote();
      if (voice.peek() !== null) return;
      const note = new VoiceNote(() => {
        if (voice.peek()?.note === note) voice.value = null;
      });
      // The finger may have gone while the code came.
      voice.value = { note, hold: press.current?.isOver === false ? hold : 'free' };
      await note.begin();
    });
  };
  const setHold = (hold: VoiceInHand['hold']) => {
    const held = voice.peek();
    if (held !== null && held.hold !== hold) voice.value = { ...held, hold };
  };
  const letGo = () => {
    const held = voice.peek();
    const begun = press.current;
    press.current = null;
    if (begun === null) return;
    begun.isOver = true;
    if (held === null) return;
    if (held.hold === 'slid') return held.note.cancel();
    setHold('free');
    if (performance.now() - begun.at > holdMs) held.note.stop();
  };
  return (
    <button
      type="button"
      class="send-button mic-button"
      aria-label={isRecording ? 'Stop recording' : 'Record a voice message'}
      data-recording={isRecording}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        const { note } = voice.peek() ?? {};
        if (note !== undefined) return note.stop();
        event.currentTarget.setPointerCapture(event.pointerId);
        press.current = { x: event.clientX, at: performance.now(), isOver: false };
        begin('held');
      }}
      onPointerMove={({ clientX }) => {
        if (press.current !== null) setHold(press.current.x - clientX > slidePx ? 'slid' : 'held');
      }}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onClick={({ detail }) => {
        // Pointers were heard already; keys and those who speak to the page click.
        if (detail > 0) return;
        if (voice.peek() === null) begin('free');
        else voice.peek()?.note.stop();
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <Icon name={isRecording ? 'stop' : 'mic'} />
    </button>
  );
}
