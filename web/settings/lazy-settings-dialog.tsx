import { lazyDialog } from '../ui/lazy-dialog';

/** Everything that a user can say about themselves and their account. */
export const { Lazy: LazySettingsDialog, preload: preloadSettingsDialog } = lazyDialog<{ close(): void }>('Settings', () =>
  import('./settings-dialog').then(({ SettingsDialog }) => SettingsDialog),
);
