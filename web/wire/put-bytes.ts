/** Bytes on their way to a URL that takes them. */
export interface PutRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob;
  readonly signal: AbortSignal;
  /** How many bytes have left so far. */
  progress(bytes: number): void;
}

/**
 * Sends bytes and resolves with the answer's status. `fetch` cannot tell how far it has got, so this is XMLHttpRequest.
 * @throws TypeError when no answer came; an aborted request throws the signal's reason.
 */
export function putBytes({ url, headers, body, signal, progress }: PutRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    request.upload.addEventListener('progress', ({ loaded }) => progress(loaded));
    request.addEventListener('loadend', () => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason);
      else if (request.status === 0) reject(new TypeError('No answer'));
      else resolve(request.status);
    });
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}
