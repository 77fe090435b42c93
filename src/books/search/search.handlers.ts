import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DomainQuery } from '../../platform/commands/command.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { RecordSearch, type Search } from './search.service.js';

export class SearchRecords extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly search: Search,
  ) {
    super(context);
  }
}

@QueryHandler(SearchRecords)
export class SearchRecordsHandler implements IQueryHandler<SearchRecords> {
  constructor(private readonly records: RecordSearch) {}

  async execute({ context, search }: SearchRecords): Promise<QueryAnswer> {
    const { items, next, position } = await this.records.page(context, search);
    return new QueryAnswer({ items, next }, position);
  }
}
