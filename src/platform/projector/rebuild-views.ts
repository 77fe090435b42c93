import type { ViewDefinition } from '../../kernel/view.js';
import type { FoldFailed } from '../read-model/read-model.port.js';
import { Member } from './feed.js';
import { type Feeding, progressOf, readUp } from './read-up.js';

export interface RebuildOptions extends Omit<Feeding, 'signal'> {
  readonly signal?: AbortSignal;
  /** All views of the application. */
  readonly views: readonly ViewDefinition[];
  /** Name of the one to rebuild; all by default. */
  readonly only?: string;
  /** Events folded so far and about how many there are (0: not known). */
  readonly progress?: (progress: { readonly folded: number; readonly target: number }) => void;
}

/**
 * Rebuilds views to the end of the log, swaps them in and drops what they replace. For a process that has the store to
 * itself; where a projector runs, ask that one (`RebuildRequests`).
 *
 * @throws RangeError for a view that there is not; FoldFailed where a view could not take an event (the others are
 * rebuilt, that one stays as it was); whatever store, codec and writer throw (the next rebuild goes on from there).
 */
export async function rebuildViews(options: RebuildOptions): Promise<void> {
  const { writer, views, only, progress } = options;
  const chosen = views.filter(({ name }) => only === undefined || only === name);
  if (chosen.length === 0) throw new RangeError(`There is no view ${String(only)}`);
  // Drops what was being built for other versions.
  await writer.prepare(views);
  const members = new Set<Member>();
  for (const view of chosen) members.add(new Member(view, await writer.begin(view)));
  const all = [...members];
  let failed: FoldFailed | undefined;
  await readUp({ signal: new AbortController().signal, ...options }, members, async (failures) => {
    for (const failure of failures) {
      failed ??= failure.failed;
      await writer.abandon(failure.member.generation);
    }
    progress?.(progressOf(all));
  });
  for (const { generation } of members) await writer.swap(generation);
  await writer.dropOld();
  if (failed !== undefined) throw failed;
}
