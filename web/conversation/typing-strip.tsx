import type { JSX } from 'preact';
import { useNames, useRoom } from './room-context';
import { typingWords } from './typing';

/** Who is typing. Its place is always kept, so that nothing jumps. */
export function TypingStrip(): JSX.Element {
  const nameOf = useNames();
  const words = typingWords([...useRoom().typists.value.keys()].map(nameOf));
  return (
    <div class="typing-strip" role="status" data-testid="typing">
      {words !== null && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {words}
        </>
      )}
    </div>
  );
}
