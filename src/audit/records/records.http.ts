import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { InstantField, PageQuery } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { CompareRecord, ReadRecord, ReadRecordHistory } from './records.handlers.js';

export class RecordQuery {
  @InstantField({ optional: true, description: 'As it stood at this instant; now by default. Not in the future' })
  at?: string;
}

export class DifferenceQuery {
  @InstantField({ description: 'The older state: as it stood at this instant' })
  from!: string;

  @InstantField({ optional: true, description: 'The newer state; now by default. Not in the future' })
  to?: string;
}

/**
 * Records of every kind by their id alone. What is asked of the reader is the permission to read such a record: now, and
 * then where it is about the past; of an API key, also of its maker. Anything else is answered as a record that is not there.
 */
@Controller('v1/organisations/:org/records')
export class RecordsController {
  constructor(private readonly queries: QueryBus) {}

  /** The record as its own GET answers it, with `recordKind` and `at`. */
  @Get(':id')
  @Requires('member')
  read(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Query() { at }: RecordQuery,
  ): Promise<QueryAnswer> {
    return this.queries.execute(new ReadRecord(context, id, at));
  }

  /** Its events, each with what it changed, newest first; with audit:read also refusals, and without the record's read no content. */
  @Get(':id/history')
  @Requires('member')
  history(@Context() context: RequestContext, @Param('id') id: string, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ReadRecordHistory(context, id, page));
  }

  /** What is different between two instants, field by field. */
  @Get(':id/difference')
  @Requires('member')
  difference(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Query() { from, to }: DifferenceQuery,
  ): Promise<QueryAnswer> {
    return this.queries.execute(new CompareRecord(context, id, from, to));
  }
}
