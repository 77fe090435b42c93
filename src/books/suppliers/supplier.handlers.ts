import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { existing, movedFacts } from '../../kernel/decider.js';
import type { Patch } from '../../kernel/changes.js';
import {
  CommandWith,
  PagedQuery,
  RecordCommand,
  RecordCommandWith,
  RecordQuery,
} from '../../platform/commands/command.js';
import { EVIDENCE, type Evidence } from '../../platform/commands/evidence.port.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { BrandSight } from '../brands/brands.service.js';
import { type SupplierFields, suppliers } from './supplier.js';
import {
  archiveSupplier,
  type BankDetailsInput,
  createSupplier,
  editSupplier,
  restoreSupplier,
  setBankDetails,
  type SupplierInput,
} from './supplier.decide.js';
import { type SupplierDoc, suppliersView } from './supplier.view.js';

export class CreateSupplier extends CommandWith<SupplierInput> {
  readonly name = 'CreateSupplier';
}

export class EditSupplier extends RecordCommandWith<Patch<SupplierFields>> {
  readonly name = 'EditSupplier';
}

export class ArchiveSupplier extends RecordCommand {
  readonly name = 'ArchiveSupplier';
}

export class RestoreSupplier extends RecordCommand {
  readonly name = 'RestoreSupplier';
}

export class SetSupplierBankDetails extends RecordCommandWith<BankDetailsInput> {
  readonly name = 'SetSupplierBankDetails';
}

export class GetSupplier extends RecordQuery {}

export class GetSupplierBankDetails extends RecordQuery {}

export class ListSuppliers extends PagedQuery {}

@CommandHandler(CreateSupplier)
export class CreateSupplierHandler implements ICommandHandler<CreateSupplier> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly brands: BrandSight,
  ) {}

  execute(command: CreateSupplier): Promise<CommandAnswer> {
    const { context, body } = command;
    const brandId = body.brandId ?? undefined;
    return this.pipeline.create(suppliers, command, {
      facts: { brandId },
      prepare: async () => {
        if (brandId !== undefined) await this.brands.requireBrand(context, brandId);
        return undefined;
      },
      decide: createSupplier(body),
    });
  }
}

@CommandHandler(EditSupplier)
export class EditSupplierHandler implements ICommandHandler<EditSupplier> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly brands: BrandSight,
  ) {}

  execute(command: EditSupplier): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(suppliers, command, id, {
      factsAfter: (state) => movedFacts(suppliers.facts(state), patch),
      prepare: async (state) => {
        const { brandId } = patch;
        if (brandId && state.status !== 'absent' && brandId !== state.fields.brandId)
          await this.brands.requireBrand(context, brandId);
        return undefined;
      },
      decide: editSupplier(id, patch),
    });
  }
}

@CommandHandler(ArchiveSupplier)
export class ArchiveSupplierHandler implements ICommandHandler<ArchiveSupplier> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: ArchiveSupplier): Promise<CommandAnswer> {
    return this.pipeline.change(suppliers, command, command.id, { decide: archiveSupplier(command.id) });
  }
}

@CommandHandler(RestoreSupplier)
export class RestoreSupplierHandler implements ICommandHandler<RestoreSupplier> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: RestoreSupplier): Promise<CommandAnswer> {
    return this.pipeline.change(suppliers, command, command.id, { decide: restoreSupplier(command.id) });
  }
}

@CommandHandler(SetSupplierBankDetails)
export class SetSupplierBankDetailsHandler implements ICommandHandler<SetSupplierBankDetails> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: SetSupplierBankDetails): Promise<CommandAnswer> {
    const { id, body: details } = command;
    return this.pipeline.change(suppliers, command, id, { decide: setBankDetails(id, details) });
  }
}

@QueryHandler(GetSupplier)
export class GetSupplierHandler implements IQueryHandler<GetSupplier> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetSupplier): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(suppliersView, context, { kind: 'supplier', id });
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

/** What the evidence calls it when somebody looks at bank details. */
const READ = 'bank details';

/** Read from the log, not from a view: they stand nowhere in plain text. So they are as new as every acknowledged change. */
@QueryHandler(GetSupplierBankDetails)
export class GetSupplierBankDetailsHandler implements IQueryHandler<GetSupplierBankDetails> {
  constructor(
    private readonly states: StateCache,
    private readonly further: FurtherPermission,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
  ) {}

  async execute({ context, id }: GetSupplierBankDetails): Promise<QueryAnswer> {
    const { state, revision, position = '' } = await this.states.load(suppliers, context.organisation, id);
    const { bankDetails } = existing(state);
    await this.further.require(context, context.permission, suppliers.facts(state), { kind: 'supplier', id });
    await this.evidence.read(context, READ);
    const { atLeast = '' } = context;
    return new QueryAnswer(
      {
        accountName: bankDetails?.accountName ?? null,
        sortCode: bankDetails?.sortCode ?? null,
        accountNumber: bankDetails?.accountNumber ?? null,
        iban: bankDetails?.iban ?? null,
        bic: bankDetails?.bic ?? null,
      },
      position > atLeast ? position : atLeast,
      revision,
    );
  }
}

@QueryHandler(ListSuppliers)
export class ListSuppliersHandler implements IQueryHandler<ListSuppliers> {
  constructor(private readonly views: ViewReader) {}

  execute({ context, filter: query }: ListSuppliers): Promise<QueryAnswer> {
    return this.views.list(suppliersView, context, query, answerOf);
  }
}

export const answerOf = (id: string, doc: SupplierDoc) => ({
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
  hasBankDetails: doc.hasBankDetails,
  brandId: doc.brandId ?? null,
});
