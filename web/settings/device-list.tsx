import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAccount } from '../app';
import { problemWords } from '../ui/problem-words';
import { momentWords } from '../ui/time-words';
import type { Device } from '../wire/rest';

/** Where the user is signed in, this device first, and the way to sign another one out [AUTH-4]. */
export function DeviceList(): JSX.Element {
  const { wire } = useAccount();
  const [devices, setDevices] = useState<readonly Device[] | null>(null);
  const [ending, setEnding] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const attempt = async (work: () => Promise<void>) => {
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(problemWords(error));
    }
  };
  const load = () =>
    attempt(async () => {
      const found = await wire.rest.sessions();
      setDevices(found.sort((a, b) => Number(b.current) - Number(a.current) || b.last_used_at - a.last_used_at));
    });
  useEffect(() => void load(), []);
  const signOut = async ({ id }: Device) => {
    setEnding(id);
    await attempt(async () => {
      await wire.rest.endSession(id);
      setDevices((known) => known?.filter((device) => device.id !== id) ?? null);
    });
    setEnding(null);
  };

  const now = wire.clock.now();
  return (
    <>
      {devices === null ? (
        problem === null && (
          <p class="field-hint" role="status">
            One moment…
          </p>
        )
      ) : (
        <ul aria-label="Devices">
          {devices.map((device) => (
            <li key={device.id} class="device" data-testid="device">
              <span class="device-text">
                <span class="device-name">{device.current ? 'This device' : `Signed in ${momentWords(device.created_at, now)}`}</span>
                <span class="field-hint">
                  {device.current
                    ? `Signed in ${momentWords(device.created_at, now)}`
                    : `Last used ${momentWords(device.last_used_at, now)}`}
                </span>
              </span>
              {!device.current && (
                <button
                  type="button"
                  class="button"
                  aria-label={`Sign out the device signed in ${momentWords(device.created_at, now)}`}
                  disabled={ending !== null}
                  onClick={() => signOut(device)}
                >
                  Sign out
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {problem !== null && (
        <p class="field-problem" role="alert">
          {problem}{' '}
          {devices === null && (
            <button type="button" class="link-button" onClick={load}>
              Try again
            </button>
          )}
        </p>
      )}
    </>
  );
}
