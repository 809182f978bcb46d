import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from './dialog';

export interface LazyDialog<Props> {
  readonly Lazy: (props: Props) => JSX.Element | null;
  /** Fetches the code when the user is about to need it. */
  preload(): void;
}

/** A dialog whose code is fetched when it is first opened: most visits never do. */
export function lazyDialog<Props extends { close(): void }>(title: string, load: () => Promise<ComponentType<Props>>): LazyDialog<Props> {
  function Lazy(props: Props): JSX.Element | null {
    const [loaded, setLoaded] = useState<{ readonly Part: ComponentType<Props> } | 'failed' | null>(null);
    useEffect(() => {
      let isCurrent = true;
      load().then(
        (Part) => isCurrent && setLoaded({ Part }),
        () => isCurrent && setLoaded('failed'),
      );
      return () => {
        isCurrent = false;
      };
    }, []);
    if (loaded === null) return null;
    if (loaded === 'failed') {
      return (
        <Dialog title={title} close={props.close}>
          <p>This part of RelayHub could not be loaded. Check your connection, then reload the page.</p>
        </Dialog>
      );
    }
    return <loaded.Part {...props} />;
  }
  return { Lazy, preload: () => void load().catch(() => {}) };
}
