import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { OptionalText, PageQuery } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ReadAddressBook } from './address-book.handlers.js';

export class AddressBookQuery extends PageQuery {
  @OptionalText({ max: 200, description: 'Words, or their beginnings, of names and addresses; of the contacts too' })
  q?: string;
}

@Controller('v1/organisations/:org/address-book')
export class AddressBookController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Requires('address-book:read')
  read(@Context() context: RequestContext, @Query() query: AddressBookQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ReadAddressBook(context, query));
  }
}
