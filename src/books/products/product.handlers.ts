import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { invalid } from '../../kernel/refusal.js';
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
import { isForLines } from '../chart/account.js';
import { LineAccounts } from '../chart/line-accounts.service.js';
import { products } from './product.js';
import { archiveProduct, createProduct, editProduct, type ProductInput, type ProductPatch } from './product.decide.js';
import { type ProductDoc, productsView } from './product.view.js';

export class CreateProduct extends CommandWith<ProductInput> {
  readonly name = 'CreateProduct';
}

export class EditProduct extends RecordCommandWith<ProductPatch> {
  readonly name = 'EditProduct';
}

export class ArchiveProduct extends RecordCommand {
  readonly name = 'ArchiveProduct';
}

export class GetProduct extends RecordQuery {}

export class ListProducts extends PagedQuery {}

@CommandHandler(CreateProduct)
export class CreateProductHandler implements ICommandHandler<CreateProduct> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: LineAccounts,
  ) {}

  execute(command: CreateProduct): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(products, command, {
      prepare: () => requireAccount(this.accounts, context.organisation, body.accountCode),
      decide: createProduct(body),
    });
  }
}

@CommandHandler(EditProduct)
export class EditProductHandler implements ICommandHandler<EditProduct> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: LineAccounts,
  ) {}

  /** What stays as it is is not asked about: its account may have been archived since. */
  execute(command: EditProduct): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(products, command, id, {
      prepare: async (state) => {
        const before = state.status === 'absent' ? undefined : state.fields.accountCode;
        if (patch.accountCode !== before) await requireAccount(this.accounts, context.organisation, patch.accountCode);
        return undefined;
      },
      decide: editProduct(patch),
    });
  }
}

@CommandHandler(ArchiveProduct)
export class ArchiveProductHandler implements ICommandHandler<ArchiveProduct> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: ArchiveProduct): Promise<CommandAnswer> {
    return this.pipeline.change(products, command, command.id, { decide: archiveProduct() });
  }
}

@QueryHandler(GetProduct)
export class GetProductHandler implements IQueryHandler<GetProduct> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetProduct): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(productsView, context, { kind: 'product', id });
    return new QueryAnswer(answerOf(id, value), position, value.revision);
  }
}

@QueryHandler(ListProducts)
export class ListProductsHandler implements IQueryHandler<ListProducts> {
  constructor(private readonly views: ViewReader) {}

  execute({ context, filter: query }: ListProducts): Promise<QueryAnswer> {
    return this.views.list(productsView, context, query, answerOf);
  }
}

/** A product names what its lines could name. @throws Refusal validation-failed */
async function requireAccount(
  accounts: LineAccounts,
  organisation: string,
  code: string | null | undefined,
): Promise<undefined> {
  if (!code) return undefined;
  const account = (await accounts.accounts(organisation)).byCode(code);
  if (account === undefined || !isForLines(account)) throw invalid('accountCode', 'is no account of income or costs');
  return undefined;
}

export const answerOf = (id: string, doc: ProductDoc) => ({
  id,
  revision: doc.revision,
  status: doc.status,
  name: doc.name,
  code: doc.code ?? null,
  description: doc.description ?? null,
  unitPrice: doc.unitPrice ?? null,
  vatRate: doc.vatRate ?? null,
  accountCode: doc.accountCode ?? null,
  reference: doc.reference ?? null,
});
