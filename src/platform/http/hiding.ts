import type { RequestContext } from '../commands/principal.js';

/**
 * Tells which documents are not there for whoever asks, though the permission reaches them, by what is so when it is asked;
 * undefined where all are there.
 */
export type Hiding<Doc> = (context: RequestContext) => Promise<((doc: Doc) => boolean) | undefined>;

/** Hides what tells of a thing that is not there for whoever asks. */
export const hidingBy =
  <Doc>(
    hiddenFrom: (context: RequestContext) => Promise<ReadonlySet<string>>,
    thingsIn: (doc: Doc) => readonly string[],
  ): Hiding<Doc> =>
  async (context) => {
    const hidden = await hiddenFrom(context);
    return hidden.size === 0 ? undefined : (doc) => thingsIn(doc).some((thing) => hidden.has(thing));
  };
