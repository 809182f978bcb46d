import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { assertNever } from '../assert-never';
import { describeClip } from '../media/describe-clip';
import { type MediaSource, mostFilesAtOnce } from '../media/media-source';
import { CannotSend, type PreparedFile, prepareFile } from '../media/prepare-file';
import type { PreparedMedium, PreparedPicture } from '../media/prepared-medium';
import { isAllowed, turnOff } from '../recording/device-trouble';
import type { Recorded } from '../recording/recording';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { type Camera, type CameraChoice, CameraError, troubleWords, turnOnCamera } from './camera';
import { LiveView } from './live-view';
import { Review } from './review';
import './camera.css';
import './review.css';

export interface SnapDialogProps {
  readonly source: MediaSource;
  /** The controls of what becomes of it, shown beside its caption. */
  readonly choices: ComponentChildren;
  /** What the choice means, in words; null where there is nothing to say. */
  readonly note: string | null;
  send(media: readonly PreparedMedium[], caption: string): void;
  close(): void;
}

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'working' }
  | { readonly kind: 'live'; readonly camera: Camera }
  | { readonly kind: 'review'; readonly files: readonly PreparedFile[]; readonly refused: readonly string[]; readonly isCaptured: boolean }
  | { readonly kind: 'trouble'; readonly words: string; readonly canRetry: boolean };

/** From the camera or files to something that the user has seen and wants to send. */
export function SnapDialog({ source, choices, note, send, close }: SnapDialogProps): JSX.Element {
  const [step, setStep] = useState<Step>(source.kind === 'camera' ? { kind: 'asking' } : { kind: 'working' });
  const fileRef = useRef<HTMLInputElement>(null);
  const isOpen = useRef(true);
  const stream = useRef<MediaStream | null>(null);
  const lastChoice = useRef<CameraChoice>({ facing: 'user' });

  const goTo = (next: Step) => {
    if (next.kind !== 'live') {
      turnOff(stream.current);
      stream.current = null;
    }
    if (isOpen.current) setStep(next);
  };

  const startCamera = async (choice: CameraChoice = lastChoice.current) => {
    goTo({ kind: 'working' });
    try {
      const camera = await turnOnCamera(choice);
      // The user may have closed the dialog, or left the page, while the browser was asking them.
      if (!isOpen.current) return turnOff(camera.stream);
      stream.current = camera.stream;
      lastChoice.current = choice;
      goTo({ kind: 'live', camera });
    } catch (error) {
      const trouble = error instanceof CameraError ? error.trouble : 'busy';
      goTo({ kind: 'trouble', words: troubleWords(trouble), canRetry: trouble === 'denied' || trouble === 'busy' });
    }
  };

  const startIfAllowed = async () => {
    if ((await isAllowed('camera')) && isOpen.current) await startCamera();
  };

  const review = (medium: PreparedMedium) => goTo({ kind: 'review', files: [{ medium, note: null }], refused: [], isCaptured: true });
  const photographed = async (picture: Promise<PreparedPicture>) => {
    try {
      review(await picture);
    } catch {
      goTo({ kind: 'trouble', words: troubleWords('busy'), canRetry: true });
    }
  };
  const filmed = async ({ blob, durationMs }: Recorded) => {
    goTo({ kind: 'working' });
    try {
      const { width, height, poster } = await describeClip(blob);
      review({ kind: 'video', blob, width, height, durationMs, poster });
    } catch {
      goTo({ kind: 'trouble', words: 'The video could not be recorded. Try again, or choose a file instead.', canRetry: true });
    }
  };
  const prepare = async (chosen: readonly File[]) => {
    goTo({ kind: 'working' });
    const files: PreparedFile[] = [];
    const refused = chosen.length > mostFilesAtOnce ? [`${mostFilesAtOnce} files can be sent at a time; the others were left out.`] : [];
    for (const file of chosen.slice(0, mostFilesAtOnce)) {
      try {
        files.push(await prepareFile(file));
      } catch (error) {
        refused.push(error instanceof CannotSend ? error.message : `“${file.name}” could not be read.`);
      }
      if (!isOpen.current) return;
    }
    if (files.length === 0) goTo({ kind: 'trouble', words: refused.join(' '), canRetry: false });
    else goTo({ kind: 'review', files, refused, isCaptured: false });
  };

  useEffect(() => {
    isOpen.current = true;
    if (source.kind === 'files') void prepare(source.files);
    else void startIfAllowed();
    return () => {
      isOpen.current = false;
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
            words="RelayHub uses your camera only while this window is open, and your microphone only while you record a video. You see what you took before anybody else does."
            choose={chooseFile}
          >
            <button type="button" class="button button-primary" onClick={() => startCamera()}>
              Turn on camera
            </button>
          </Invitation>
        );
      case 'working':
        return (
          <div class="camera-wait" role="status">
            One moment…
          </div>
        );
      case 'live':
        return (
          <LiveView
            camera={step.camera}
            photographed={photographed}
            filmed={filmed}
            failed={() =>
              goTo({ kind: 'trouble', words: 'No video could be recorded. Try again, or choose a file instead.', canRetry: true })
            }
            turnTo={startCamera}
            hidden={() => goTo({ kind: 'asking' })}
            lost={() => goTo({ kind: 'trouble', words: troubleWords('busy'), canRetry: true })}
            choose={chooseFile}
          />
        );
      case 'review':
        return (
          <Review
            files={step.files}
            refused={step.refused}
            choices={choices}
            note={note}
            send={send}
            again={step.isCaptured ? { label: 'Retake', run: () => startCamera() } : { label: 'Choose others', run: chooseFile }}
          />
        );
      case 'trouble':
        return (
          <Invitation words={step.words} isTrouble choose={chooseFile}>
            {step.canRetry && (
              <button type="button" class="button" onClick={() => startCamera()}>
                Try again
              </button>
            )}
          </Invitation>
        );
      default:
        return assertNever(step);
    }
  };

  const isCamera = source.kind === 'camera';
  return (
    <Dialog title={isCamera ? 'Camera' : 'Send files'} kind={isCamera ? 'stage' : 'sheet'} close={close}>
      {content()}
      <input
        ref={fileRef}
        class="visually-hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-testid="dialog-file-input"
        {...(isCamera ? { accept: 'image/*,video/*' } : {})}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length > 0) void prepare(files);
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
    <div class="camera-invitation">
      <span class="camera-mark">
        <Icon name={isTrouble ? 'warning' : 'camera'} size={36} />
      </span>
      <p role={isTrouble ? 'alert' : undefined}>{words}</p>
      <div class="camera-actions">
        {children}
        <button type="button" class="button" onClick={choose}>
          Choose a file instead
        </button>
      </div>
    </div>
  );
}
