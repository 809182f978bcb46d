import { lazyDialog } from '../ui/lazy-dialog';
import type { VoiceBarProps } from './voice-bar';

/** What a voice message is made with. */
export const loadVoiceNote = () => import('./voice-note').then(({ VoiceNote }) => VoiceNote);

/** The bar that is in the composer's place meanwhile. */
export const { Lazy: LazyVoiceBar, preload: preloadVoiceBar } = lazyDialog<VoiceBarProps & { close(): void }>('Voice message', () =>
  import('./voice-bar').then(({ VoiceBar }) => VoiceBar),
);
