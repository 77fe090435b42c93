import type { ViewDefinition, ViewQuery } from '../../kernel/view.js';
import type { Page, ReadModel } from './read-model.port.js';

const PAGE = 200;

/**
 * All documents that a query finds, page by page, for the system's own use. A page is read when the caller is through with
 * the one before, so what changes meanwhile may be missed.
 */
export async function* allPages<Doc extends object>(
  model: Pick<ReadModel, 'find'>,
  view: ViewDefinition<Doc>,
  query: Pick<ViewQuery, 'where' | 'sort'>,
): AsyncGenerator<Page<Doc>['items']> {
  for (let after: string | null | undefined; after !== null;) {
    const { value } = await model.find(view, { ...query, limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield value.items;
    after = value.next;
  }
}
