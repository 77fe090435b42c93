import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { movedFacts } from '../../kernel/decider.js';
import type { Patch } from '../../kernel/changes.js';
import {
  CommandWith,
  PagedQuery,
  RecordCommand,
  RecordCommandWith,
  RecordQuery,
} from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer } from '../../platform/commands/principal.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { BrandedReferences } from '../document-templates/branded-references.service.js';
import { type CustomerFields, customers } from './customer.js';
import { archiveCustomer, createCustomer, editCustomer, restoreCustomer } from './customer.decide.js';
import { contactAnswer } from './contact.handlers.js';
import { activeContacts, type CustomerDoc, customersView } from './customer.view.js';

export class CreateCustomer extends CommandWith<Patch<CustomerFields> & Pick<CustomerFields, 'name'>> {
  readonly name = 'CreateCustomer';
}

export class EditCustomer extends RecordCommandWith<Patch<CustomerFields>> {
  readonly name = 'EditCustomer';
}

export class ArchiveCustomer extends RecordCommand {
  readonly name = 'ArchiveCustomer';
}

export class RestoreCustomer extends RecordCommand {
  readonly name = 'RestoreCustomer';
}

export class GetCustomer extends RecordQuery {}

export class ListCustomers extends PagedQuery {}

@CommandHandler(CreateCustomer)
export class CreateCustomerHandler implements ICommandHandler<CreateCustomer> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: BrandedReferences,
  ) {}

  execute(command: CreateCustomer): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(customers, command, {
      facts: { brandId: body.brandId ?? undefined },
      prepare: () => this.references.check(context, referring(body)),
      decide: createCustomer(body),
    });
  }
}

@CommandHandler(EditCustomer)
export class EditCustomerHandler implements ICommandHandler<EditCustomer> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: BrandedReferences,
  ) {}

  execute(command: EditCustomer): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(customers, command, id, {
      factsAfter: (state) => movedFacts(customers.facts(state), patch),
      prepare: (state) =>
        this.references.check(context, referring(patch), state.status === 'absent' ? {} : referring(state.fields)),
      decide: editCustomer(id, patch),
    });
  }
}

const referring = ({ brandId, defaultTemplateId }: Patch<CustomerFields>) => ({
  brandId,
  template: { field: 'defaultTemplateId', kind: 'invoice', id: defaultTemplateId } as const,
});

@CommandHandler(ArchiveCustomer)
export class ArchiveCustomerHandler implements ICommandHandler<ArchiveCustomer> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: ArchiveCustomer): Promise<CommandAnswer> {
    return this.pipeline.change(customers, command, command.id, { decide: archiveCustomer(command.id) });
  }
}

@CommandHandler(RestoreCustomer)
export class RestoreCustomerHandler implements ICommandHandler<RestoreCustomer> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: RestoreCustomer): Promise<CommandAnswer> {
    return this.pipeline.change(customers, command, command.id, { decide: restoreCustomer(command.id) });
  }
}

@QueryHandler(GetCustomer)
export class GetCustomerHandler implements IQueryHandler<GetCustomer> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetCustomer): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(customersView, context, { kind: 'customer', id });
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListCustomers)
export class ListCustomersHandler implements IQueryHandler<ListCustomers> {
  constructor(private readonly views: ViewReader) {}

  execute({ context, filter: query }: ListCustomers): Promise<QueryAnswer> {
    return this.views.list(customersView, context, query, answerOf);
  }
}

export const answerOf = (id: string, doc: CustomerDoc) => ({
  id,
  revision: doc.revision,
  status: doc.status,
  restricted: doc.restricted === true,
  name: doc.name,
  email: doc.email ?? null,
  phone: doc.phone ?? null,
  notes: doc.notes ?? null,
  country: doc.country ?? null,
  reference: doc.reference ?? null,
  defaultTemplateId: doc.defaultTemplateId ?? null,
  brandId: doc.brandId ?? null,
  contacts: activeContacts(doc).map(contactAnswer),
});
