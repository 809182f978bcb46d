/** What the build knows of the page: changed files make another service worker, which the browser notices. */
declare const BUILT: { readonly version: string; readonly files: readonly string[] };
