import type { JSX } from 'preact';
import { useAccount } from '../app';
import { useNames, useRoom } from './room-context';
import { typingWords } from './typing';

/** Who is typing. Its place is always kept, so that nothing jumps. */
export function TypingStrip(): JSX.Element {
  const nameOf = useNames();
  const { blocks } = useAccount();
  const typists = [...useRoom().typists.until.value.keys()].filter((userId) => !blocks.has(userId));
  const words = typingWords(typists.map(nameOf));
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
