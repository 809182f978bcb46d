import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from './icon';

/** Hues the style sheet knows, `data-hue="0"` to `"7"`. */
const hues = 8;

export interface AvatarProps {
  readonly name: string;
  /** Id of the user or chat: the colour follows it, so that a new name keeps it. */
  readonly id: string;
  /** Of their picture, where there is one. */
  readonly url?: string | null | undefined;
  readonly isGroup?: boolean;
  readonly size?: 'small' | 'medium' | 'large';
}

/** A disc with somebody's picture, else their initials on their colour. Decoration: the name always stands beside it. */
export function Avatar({ name, id, url, isGroup = false, size = 'medium' }: AvatarProps): JSX.Element {
  // A picture that was removed since it was told of is not there any more.
  const [missing, setMissing] = useState<string | null>(null);
  return (
    <span class={`avatar avatar-${size}`} data-hue={hueOf(id)} aria-hidden="true">
      {isGroup ? <Icon name="group" size={size === 'large' ? 36 : 22} /> : initials(name)}
      {url != null && url !== missing && <img src={url} alt="" decoding="async" draggable={false} onError={() => setMissing(url)} />}
    </span>
  );
}

export function hueOf(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) % 997;
  return sum % hues;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return picked.map((word = '') => [...graphemes.segment(word)][0]?.segment.toUpperCase() ?? '').join('');
}
