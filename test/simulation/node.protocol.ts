import type { Ask } from './history.js';
import type { Documents } from './stored-views.js';

/** What the parent asks of the process that holds the stores. */
export type Question = { readonly number: number } & (
  | { readonly kind: 'open' | 'close' | 'abandon' | 'inspect' }
  | { readonly kind: 'command'; readonly key: string; readonly ask: Ask; readonly id?: string | undefined }
);

/** What became of a command. `nothing`: it was said that nothing was written. `unknown`: it was said that nobody knows. */
export type Outcome =
  | {
      readonly kind: 'done';
      readonly id: string;
      readonly revision: number;
      readonly position: string;
      readonly created: boolean;
    }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'nothing' | 'unknown' };

/** An event of the log, opened: what it says, where it says anything. */
export interface Seen {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly type: string;
  readonly text: string | null;
}

/** The log and the views of a node at rest; its views once more after a rebuild. */
export interface Inspection {
  readonly log: readonly Seen[];
  readonly checkpoints: Readonly<Record<string, string | null>>;
  readonly views: Readonly<Record<string, Documents>>;
  readonly rebuilt: Readonly<Record<string, Documents>>;
}
