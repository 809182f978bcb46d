import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { assertNever } from '../assert-never';
import type { MediaSource } from '../media/media-source';
import type { PreparedPicture } from '../media/prepared-medium';
import { reencode } from '../media/reencode';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { CameraError, type Facing, isCameraAllowed, troubleWords, turnOff, turnOnCamera } from './camera';
import { LiveView } from './live-view';
import { Review } from './review';
import './camera.css';

export interface SnapDialogProps {
  readonly source: MediaSource;
  /** The controls of what becomes of the picture, shown beside its caption. */
  readonly choices: ComponentChildren;
  /** What the choice means, in words; null where there is nothing to say. */
  readonly note: string | null;
  send(picture: PreparedPicture, caption: string): void;
  close(): void;
}

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'working' }
  | { readonly kind: 'live'; readonly stream: MediaStream; readonly facing: Facing }
  | { readonly kind: 'review'; readonly picture: PreparedPicture; readonly isCaptured: boolean }
  | { readonly kind: 'trouble'; readonly words: string; readonly canRetry: boolean };

const notAPicture = 'This file is not a picture that your browser can open. Choose a JPEG, PNG or WebP file.';

/** From the camera or a file to a picture that the user has seen and wants to send. */
export function SnapDialog({ source, choices, note, send, close }: SnapDialogProps): JSX.Element {
  const [step, setStep] = useState<Step>(source.kind === 'camera' ? { kind: 'asking' } : { kind: 'working' });
  const fileRef = useRef<HTMLInputElement>(null);
  const isOpen = useRef(true);
  const stream = useRef<MediaStream | null>(null);

  const goTo = (next: Step) => {
    if (next.kind !== 'live') {
      turnOff(stream.current);
      stream.current = null;
    }
    if (isOpen.current) setStep(next);
  };

  const startCamera = async (facing: Facing) => {
    goTo({ kind: 'working' });
    try {
      const started = await turnOnCamera(facing);
      // The user may have closed the dialog while the browser was asking them.
      if (!isOpen.current) return turnOff(started);
      stream.current = started;
      goTo({ kind: 'live', stream: started, facing });
    } catch (error) {
      const trouble = error instanceof CameraError ? error.trouble : 'busy';
      goTo({ kind: 'trouble', words: troubleWords(trouble), canRetry: trouble === 'denied' || trouble === 'busy' });
    }
  };

  const startIfAllowed = async () => {
    if ((await isCameraAllowed()) && isOpen.current) await startCamera('user');
  };

  const prepare = async (make: () => Promise<PreparedPicture>, isCaptured: boolean) => {
    if (!isCaptured) goTo({ kind: 'working' });
    try {
      goTo({ kind: 'review', picture: await make(), isCaptured });
    } catch {
      goTo({ kind: 'trouble', words: notAPicture, canRetry: false });
    }
  };

  useEffect(() => {
    isOpen.current = true;
    if (source.kind === 'file') void prepare(() => reencode(source.file), false);
    else void startIfAllowed();
    const onHidden = () => {
      if (document.visibilityState === 'hidden' && stream.current !== null) goTo({ kind: 'asking' });
    };
    document.addEventListener('visibilitychange', onHidden);
    return () => {
      isOpen.current = false;
      document.removeEventListener('visibilitychange', onHidden);
      turnOff(stream.current);
      stream.current = null;
    };
  }, []);

  const chooseFile = () => fileRef.current?.click();
  const content = () => {
    switch (step.kind) {
      case 'asking':
        return (
          <Invitation
            words="RelayHub uses your camera only while this window is open. You see the photo before anybody else does."
            choose={chooseFile}
          >
            <button type="button" class="button button-primary" onClick={() => startCamera('user')}>
              Turn on camera
            </button>
          </Invitation>
        );
      case 'working':
        return (
          <div class="camera-stage camera-working" role="status">
            One moment…
          </div>
        );
      case 'live':
        return (
          <LiveView
            stream={step.stream}
            facing={step.facing}
            capture={(make) => prepare(make, true)}
            flip={() => startCamera(step.facing === 'user' ? 'environment' : 'user')}
            choose={chooseFile}
          />
        );
      case 'review':
        return (
          <Review
            picture={step.picture}
            choices={choices}
            note={note}
            send={(caption) => send(step.picture, caption)}
            again={step.isCaptured ? { label: 'Retake', run: () => startCamera('user') } : { label: 'Choose another', run: chooseFile }}
          />
        );
      case 'trouble':
        return (
          <Invitation words={step.words} isTrouble choose={chooseFile}>
            {step.canRetry && (
              <button type="button" class="button" onClick={() => startCamera('user')}>
                Try again
              </button>
            )}
          </Invitation>
        );
      default:
        return assertNever(step);
    }
  };

  return (
    <Dialog title={source.kind === 'camera' ? 'Take a photo' : 'Send a picture'} close={close}>
      {content()}
      <input
        ref={fileRef}
        class="visually-hidden"
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-hidden="true"
        data-testid="dialog-picture-input"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file !== undefined) void prepare(() => reencode(file), false);
        }}
      />
    </Dialog>
  );
}

interface InvitationProps {
  readonly words: string;
  readonly isTrouble?: boolean;
  readonly children: ComponentChildren;
  choose(): void;
}

function Invitation({ words, isTrouble = false, children, choose }: InvitationProps): JSX.Element {
  return (
    <div class="camera-stage camera-invitation">
      <span class="camera-mark">
        <Icon name={isTrouble ? 'warning' : 'camera'} size={36} />
      </span>
      <p role={isTrouble ? 'alert' : undefined}>{words}</p>
      <div class="camera-actions">
        {children}
        <button type="button" class="button" onClick={choose}>
          Choose a picture instead
        </button>
      </div>
    </div>
  );
}
