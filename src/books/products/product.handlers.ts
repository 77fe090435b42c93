import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { products } from './product.js';
import { archiveProduct, createProduct, editProduct, type ProductInput, type ProductPatch } from './product.decide.js';
import { type ProductDoc, productsView } from './product.view.js';

export class CreateProduct extends DomainCommand {
  readonly name = 'CreateProduct';

  constructor(
    context: RequestContext,
    readonly body: ProductInput,
  ) {
    super(context);
  }
}

export class EditProduct extends DomainCommand {
  readonly name = 'EditProduct';

  constructor(
    context: RequestContext,
    readonly id: string,
    readonly patch: ProductPatch,
  ) {
    super(context);
  }
}

export class ArchiveProduct extends DomainCommand {
  readonly name = 'ArchiveProduct';

  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export class GetProduct extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export class ListProducts extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

@CommandHandler(CreateProduct)
export class CreateProductHandler implements ICommandHandler<CreateProduct> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: CreateProduct): Promise<CommandAnswer> {
    return this.pipeline.create(products, command, { decide: createProduct(command.body) });
  }
}

@CommandHandler(EditProduct)
export class EditProductHandler implements ICommandHandler<EditProduct> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: EditProduct): Promise<CommandAnswer> {
    return this.pipeline.change(products, command, command.id, { decide: editProduct(command.patch) });
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

  execute({ context, query }: ListProducts): Promise<QueryAnswer> {
    return this.views.list(productsView, context, query, answerOf);
  }
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
