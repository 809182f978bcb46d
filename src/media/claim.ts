/** What an uploader says of an upload before its bytes exist; checked against them when they do. */
export interface UploadClaim {
  readonly mimeType: string;
  readonly byteSize: number;
  readonly viewOnce: boolean;
  /** As it may be shown; of files only. */
  readonly fileName: string | null;
  readonly durationMs: number | null;
  /** The image whose thumbnail becomes the video's. */
  readonly posterId: string | null;
}
