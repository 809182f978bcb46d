/// <reference path="./built.d.ts" />

/**
 * The app's own files, so that the page opens without a network [SYNC-5]. Nothing else is ever put into a cache: no answer of
 * the API, no message, no medium.
 */
const { version, files } = BUILT;
const prefix = 'shell-';
/** Longer than a good network takes for the page; on a bad one the kept page is better than waiting. */
const patienceMs = 3_000;
/** Of versions that an open page may still load parts of. */
const keptVersions = 4;

export async function keepShell(): Promise<void> {
  const cache = await caches.open(prefix + version);
  // The names of the built files tell their contents; of the others the browser may hold old ones.
  await cache.addAll(files.map((path) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' })));
}

/** Removes the files of versions that no open page can need; with pages open, all but the newest few. */
export async function dropOldShells(openPages: number): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== prefix + version);
  const doomed = openPages === 0 ? old : old.slice(0, Math.max(0, old.length - (keptVersions - 1)));
  await Promise.all(doomed.map((name) => caches.delete(name)));
}

/** The answer to a request for one of the app's own files; null for everything else, which is the browser's own matter. */
export function answerFromShell(request: Request, origin: string): Promise<Response> | null {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== origin) return null;
  if (request.mode === 'navigate') return isPage(url.pathname) ? answerPage(request) : null;
  const isOwn = url.pathname.startsWith('/assets/') || (url.pathname !== '/' && files.includes(url.pathname));
  return isOwn ? answerFile(request) : null;
}

/** The page itself, whatever its path: what names a file, or is the API's, is none. */
function isPage(path: string): boolean {
  return path !== '/api' && !path.startsWith('/api/') && !/\.[^/]+$/.test(path);
}

/** The newest page while the network answers, else the one that is kept. */
async function answerPage(request: Request): Promise<Response> {
  const fresh = fetch(request);
  const kept = () => find('/');
  const late = new Promise<Response | undefined>((resolve) => setTimeout(() => void kept().then(resolve), patienceMs));
  try {
    return (await Promise.race([fresh, late])) ?? (await fresh);
  } catch (error) {
    const page = await kept();
    if (page === undefined) throw error;
    return page;
  }
}

/** A built file never changes: a page of an older version finds its parts here, too, when the server has them no more. */
async function answerFile(request: Request): Promise<Response> {
  return (await find(request)) ?? fetch(request);
}

async function find(request: Request | string): Promise<Response | undefined> {
  const own = await caches.open(prefix + version);
  return (await own.match(request)) ?? caches.match(request);
}
