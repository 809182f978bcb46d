/** Where media come from: the camera, once the user agrees, or files they chose. */
export type MediaSource = { readonly kind: 'camera' } | { readonly kind: 'files'; readonly files: readonly File[] };

/** More at once is more than anybody looks through before sending. */
export const mostFilesAtOnce = 20;
