import { CommandAnswer, QueryAnswer, type RequestContext } from '../platform/commands/principal.js';

/** The answer of a command about a record inside another one's stream, also where the command changed nothing. */
export const about = (id: string, { revision, position, created, extra }: CommandAnswer): CommandAnswer =>
  new CommandAnswer(id, revision, position, created, extra);

/**
 * The answer of a query that reads state itself: it has every change that was acknowledged before the request, so it
 * reflects whatever position was asked for.
 */
export function current<T>(
  body: T,
  { position = '' }: { readonly position: string | undefined },
  { atLeast = '' }: RequestContext,
  revision?: number,
): QueryAnswer<T> {
  const reflected = position > atLeast ? position : atLeast;
  return new QueryAnswer(body, reflected === '' ? undefined : reflected, revision);
}
