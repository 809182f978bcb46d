import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog';
import { FormProblem } from './form-problem';
import { problemWords } from './problem-words';

export interface ConfirmProps {
  readonly title: string;
  /** What will happen, in a sentence. */
  readonly words: string;
  /** What the button says that does it. */
  readonly verb: string;
  /** Whether something is lost by it. */
  readonly isDanger?: boolean;
  /** Does it; a failure is shown and can be tried again. */
  run(): Promise<void>;
  close(): void;
}

/** Asks before something that cannot be taken back, or not wholly. */
export function Confirm({ title, words, verb, isDanger = true, run, close }: ConfirmProps): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await run();
      close();
    } catch (error) {
      setProblem(problemWords(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} close={close}>
      <p>{words}</p>
      <FormProblem words={problem} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
        <button type="button" class={isDanger ? 'button button-danger' : 'button button-primary'} disabled={isBusy} onClick={go}>
          {verb}
        </button>
      </div>
    </Dialog>
  );
}
