import type { ComponentChildren, JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { problemWords } from './problem-words';
import './switch.css';

export interface SwitchProps {
  readonly label: string;
  /** What it means, said with the label. */
  readonly children: ComponentChildren;
  readonly isOn: boolean;
  /** Makes it so; until then it shows what is wanted, and what is so after a failure. */
  change(isOn: boolean): Promise<void>;
}

/** A setting that is on or off, and takes effect at once. */
export function Switch({ label, children, isOn, change }: SwitchProps): JSX.Element {
  const id = useId();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const turn = async (next: boolean) => {
    setWanted(next);
    setProblem(null);
    try {
      await change(next);
    } catch (error) {
      setProblem(problemWords(error));
    } finally {
      setWanted(null);
    }
  };
  return (
    <div class="switch">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={wanted ?? isOn}
        aria-checked={wanted ?? isOn}
        aria-describedby={`${id}-meaning`}
        onClick={(event) => {
          // Disabled it would lose the focus.
          if (wanted !== null) event.preventDefault();
        }}
        onChange={({ currentTarget: { checked } }) => turn(checked)}
      />
      <p id={`${id}-meaning`} class="field-hint">
        {children}
      </p>
      {problem !== null && (
        <p class="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
