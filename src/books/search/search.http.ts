import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { ListOf, PageQuery, Text, text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { SearchRecords } from './search.handlers.js';

export class SearchQuery extends PageQuery {
  @Text({
    max: 200,
    description:
      'Words; a record is found that has all of them. Of names the beginning of a word is enough; numbers and references ' +
      'of documents are given whole. Documents are also found by the name of their customer or supplier. The first ten ' +
      'words count, and the first twelve characters of each',
  })
  q!: string;

  @ListOf(text({ max: 50 }), {
    max: 20,
    optional: true,
    description: 'Kinds of records, each as a parameter of its own (kinds=customer&kinds=invoice); all by default',
  })
  kinds?: string[];
}

/**
 * Records of all kinds by their words, newest first. What is asked of the reader is the permission to read such records:
 * whatever they may not open is not found.
 */
@Controller('v1/organisations/:org/search')
export class SearchController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Requires('member')
  search(@Context() context: RequestContext, @Query() query: SearchQuery): Promise<QueryAnswer> {
    return this.queries.execute(new SearchRecords(context, query));
  }
}
