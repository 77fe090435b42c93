import type { ProjectorReport } from './status.js';

/** What the HTTP thread asks of the projector's thread. */
export type ToProjector =
  | { readonly kind: 'rebuild'; readonly token: number; readonly view: string | undefined }
  /** Somebody waits until views reflect `position`. */
  | { readonly kind: 'wanted'; readonly position: string }
  /** What was deleted from the views' files is to be gone from them. */
  | { readonly kind: 'scrub'; readonly token: number }
  | { readonly kind: 'close' };

/** What the projector's thread answers: its reports, and the number of the request that a rebuild became. */
export type FromProjector =
  | ProjectorReport
  | { readonly kind: 'accepted'; readonly token: number; readonly request: number }
  | { readonly kind: 'scrubbed'; readonly token: number }
  | { readonly kind: 'refused'; readonly token: number; readonly reason: string };
