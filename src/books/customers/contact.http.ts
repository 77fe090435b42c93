import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { EmailField, OptionalText, PatchOf, Text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { AddContact, EditContact, GetContact, RemoveContact } from './contact.handlers.js';

export class ContactDto {
  @Text({ max: 200 })
  name!: string;

  @OptionalText({ max: 100, description: 'What they do there' })
  role?: string;

  @EmailField({ optional: true })
  email?: string;

  @OptionalText({ max: 50 })
  phone?: string;

  @OptionalText({ max: 10_000, multiline: true })
  notes?: string;
}

export class EditContactDto extends PatchOf(ContactDto) {}

/** A part of their customer: whoever may edit that edits them, and `If-Match` names its revision. */
@Controller('v1/organisations/:org/customers/:id/contacts')
export class ContactsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('customers:edit')
  add(@Context() context: RequestContext, @Param('id') id: string, @Body() body: ContactDto): Promise<CommandAnswer> {
    return this.commands.execute(new AddContact(context, id, body));
  }

  @Get(':contact')
  @Requires('customers:read')
  get(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('contact') contact: string,
  ): Promise<QueryAnswer> {
    return this.queries.execute(new GetContact(context, id, contact));
  }

  @Patch(':contact')
  @Requires('customers:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('contact') contact: string,
    @Body() body: EditContactDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditContact(context, id, contact, body));
  }

  @Post(':contact/remove')
  @HttpCode(200)
  @Requires('customers:edit')
  remove(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('contact') contact: string,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new RemoveContact(context, id, contact));
  }
}
