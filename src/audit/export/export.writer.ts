import type { Instant } from '../../kernel/event.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import type { SignedHead } from '../../platform/proofs/notary.js';
import type { FoundEvent } from '../trail/trail.finder.js';

/** What is taken out: the leaves from one index up to another one, and a checkpoint of exactly the last. */
export interface Extract {
  readonly organisation: string;
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly first: number;
  readonly end: number;
  readonly head: SignedHead;
}

/** How an export is written. */
export interface ExportWriter {
  begin(extract: Extract): Promise<string>;
  /** `found` are the leaves from `index` on. */
  lines(context: RequestContext, found: readonly FoundEvent[], index: number): Promise<string>;
  end(extract: Extract): string;
}
