import type { Altered } from './comparison.js';
import type { SignedHead } from './notary.js';

/** From the HTTP thread to the notary's. Plain data. */
export type ToNotary =
  /** Whether this node writes checkpoints. */
  | { readonly kind: 'lead'; readonly leading: boolean }
  /** Answered by `checkpoint`, once that many events are in. */
  | { readonly kind: 'sign'; readonly token: number; readonly organisation: string; readonly size: number }
  | { readonly kind: 'use'; readonly seed: Uint8Array }
  | { readonly kind: 'close' };

export type FromNotary =
  | { readonly kind: 'due'; readonly heads: readonly SignedHead[] }
  | { readonly kind: 'checkpoint'; readonly token: number; readonly head: SignedHead | undefined }
  /** A newer key is in the log: it is to sign from now on. */
  | { readonly kind: 'key-introduced' }
  /** An event is not what was folded once. */
  | { readonly kind: 'altered'; readonly altered: Altered }
  /** The log ends before what was folded from it: nothing is signed any more. */
  | { readonly kind: 'cut' }
  /** What was folded before could not be compared with the log. */
  | { readonly kind: 'unchecked'; readonly why: string }
  /** How far the trees are, and whose signed past does not fit the log any more. */
  | { readonly kind: 'progress'; readonly position: string; readonly broken: readonly string[] };
