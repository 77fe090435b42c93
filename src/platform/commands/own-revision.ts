import { Refusal } from '../../kernel/refusal.js';
import { CommandAnswer, type RequestContext } from './principal.js';

// Where `If-Match` is not about the stream that a command writes to, or may be asked only after more is known than the
// pipeline asks. Records that share one stream count their own revisions: the stream's would refuse because of a change of
// another record, and would tell how often those change that one may not see.

/** The context for the pipeline, without the revision, which `requireRevision` asks for. */
export function unconditional({ ifMatch: _, ...context }: RequestContext): RequestContext {
  return context;
}

/** @throws Refusal precondition-failed */
export function requireRevision(ifMatch: number | undefined, revision: number): undefined {
  if (ifMatch === undefined || ifMatch === revision) return undefined;
  throw new Refusal('precondition-failed', `The record is at revision ${revision}`);
}

/** The answer about one of them: the revision that its events say, or, where nothing changed, the one that it has. */
export function answerAbout(id: string, { position, created, extra }: CommandAnswer, current: number): CommandAnswer {
  const { revision = current, ...rest } = extra as { readonly revision?: number };
  return new CommandAnswer(id, revision, position, created, rest);
}
