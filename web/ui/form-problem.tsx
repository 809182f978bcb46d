import type { JSX } from 'preact';

/** Says what went wrong with what was asked for; null where nothing did. */
export function FormProblem({ words }: { readonly words: string | null }): JSX.Element | null {
  if (words === null) return null;
  return (
    <p class="form-problem" role="alert">
      {words}
    </p>
  );
}
