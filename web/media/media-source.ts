/** Where a picture comes from: the camera, once the user agrees, or a file they chose. */
export type MediaSource = { readonly kind: 'camera' } | { readonly kind: 'file'; readonly file: File };
