import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Patch } from '../../kernel/changes.js';
import { notFound } from '../../kernel/refusal.js';
import { DomainQuery, RecordCommand, RecordCommandWith } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import type { Contact, ContactFields } from './contact.js';
import { addContact, editContact, removeContact } from './contact.decide.js';
import { type CustomerEvent, customers } from './customer.js';
import { activeContacts, customersView } from './customer.view.js';

/** `id` is the customer's. */
export class AddContact extends RecordCommandWith<Patch<ContactFields> & Pick<ContactFields, 'name'>> {
  readonly name = 'AddContact';
}

export class EditContact extends RecordCommand {
  readonly name = 'EditContact';

  constructor(
    context: RequestContext,
    id: string,
    readonly contactId: string,
    readonly patch: Patch<ContactFields>,
  ) {
    super(context, id);
  }
}

export class RemoveContact extends RecordCommand {
  readonly name = 'RemoveContact';

  constructor(
    context: RequestContext,
    id: string,
    readonly contactId: string,
  ) {
    super(context, id);
  }
}

export class GetContact extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
    readonly contactId: string,
  ) {
    super(context);
  }
}

@CommandHandler(AddContact)
export class AddContactHandler implements ICommandHandler<AddContact> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: AddContact): Promise<CommandAnswer> {
    return this.pipeline.change(customers, command, command.id, {
      decide: addContact(command.id, command.body),
      makes: true,
      answer: ([first]) => ({ id: contactIdOf(first!) }),
    });
  }
}

@CommandHandler(EditContact)
export class EditContactHandler implements ICommandHandler<EditContact> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: EditContact): Promise<CommandAnswer> {
    const { id, contactId, patch } = command;
    return this.pipeline.change(customers, command, id, {
      decide: editContact(id, contactId, patch),
      answer: () => ({ id: contactId }),
    });
  }
}

@CommandHandler(RemoveContact)
export class RemoveContactHandler implements ICommandHandler<RemoveContact> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: RemoveContact): Promise<CommandAnswer> {
    const { id, contactId } = command;
    return this.pipeline.change(customers, command, id, {
      decide: removeContact(id, contactId),
      answer: () => ({ id: contactId }),
    });
  }
}

/** The revision is the customer's: their contacts are a part of them. */
@QueryHandler(GetContact)
export class GetContactHandler implements IQueryHandler<GetContact> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id, contactId }: GetContact): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(customersView, context, { kind: 'customer', id });
    const contact = activeContacts(value).find((one) => one.contactId === contactId);
    if (contact === undefined) throw notFound();
    return new QueryAnswer({ ...contactAnswer(contact), revision: value.revision }, position, value.revision);
  }
}

export const contactAnswer = ({ contactId, fields, restricted }: Contact) => ({
  id: contactId,
  name: fields.name,
  role: fields.role ?? null,
  email: fields.email ?? null,
  phone: fields.phone ?? null,
  notes: fields.notes ?? null,
  restricted,
});

function contactIdOf({ type, data }: Pick<CustomerEvent, 'type' | 'data'>): string {
  if (!('contactId' in data)) throw new Error(`${type} is not about a contact`);
  return data.contactId;
}
