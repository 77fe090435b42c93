import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { movedFacts, streamOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import { CommandWith, ReasonedCommand, RecordCommand, RecordCommandWith } from '../../platform/commands/command.js';
import { requireRoom } from '../../platform/commands/consequences.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { CommandAnswer } from '../../platform/commands/principal.js';
import { PurchaseReferences } from '../purchases/purchase-references.service.js';
import { SupplierReferences } from '../suppliers/supplier-references.service.js';
import { OrderFacts } from './order-facts.service.js';
import { OrderPurchases } from './order-purchases.reactor.js';
import { type PurchaseOrderConverted, purchaseOrders } from './purchase-order.js';
import {
  cancelOrder,
  type ConversionInput,
  convertOrder,
  discardOrder,
  draftOrder,
  editOrder,
  markSent,
  type OrderInput,
  type OrderPatch,
} from './purchase-order.decide.js';

export class DraftPurchaseOrder extends CommandWith<OrderInput> {
  readonly name = 'DraftPurchaseOrder';
}

export class EditPurchaseOrder extends RecordCommandWith<OrderPatch> {
  readonly name = 'EditPurchaseOrder';
}

export class MarkPurchaseOrderSent extends RecordCommand {
  readonly name = 'MarkPurchaseOrderSent';
}

export class ConvertPurchaseOrder extends RecordCommandWith<ConversionInput> {
  readonly name = 'ConvertPurchaseOrder';
}

export class CancelPurchaseOrder extends ReasonedCommand {
  readonly name = 'CancelPurchaseOrder';
}

export class DiscardPurchaseOrder extends RecordCommand {
  readonly name = 'DiscardPurchaseOrder';
}

@CommandHandler(DraftPurchaseOrder)
export class DraftPurchaseOrderHandler implements ICommandHandler<DraftPurchaseOrder> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: PurchaseReferences,
  ) {}

  execute(command: DraftPurchaseOrder): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(purchaseOrders, command, {
      facts: { projectId: body.projectId ?? undefined, brandId: body.brandId ?? undefined },
      prepare: () => this.references.forNew(context, body),
      decide: draftOrder(body),
    });
  }
}

@CommandHandler(EditPurchaseOrder)
export class EditPurchaseOrderHandler implements ICommandHandler<EditPurchaseOrder> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: OrderFacts,
    private readonly references: PurchaseReferences,
  ) {}

  execute(command: EditPurchaseOrder): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(purchaseOrders, command, id, {
      about: this.facts.about(context.organisation, id),
      factsAfter: (state) => movedFacts(purchaseOrders.facts(state), patch),
      prepare: (state) => this.references.check(context, patch, state.status === 'absent' ? {} : state.content),
      decide: editOrder(patch),
    });
  }
}

@CommandHandler(MarkPurchaseOrderSent)
export class MarkPurchaseOrderSentHandler implements ICommandHandler<MarkPurchaseOrderSent> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: OrderFacts,
  ) {}

  execute(command: MarkPurchaseOrderSent): Promise<CommandAnswer> {
    const { context, id } = command;
    return this.pipeline.change(purchaseOrders, command, id, {
      about: this.facts.about(context.organisation, id),
      decide: markSent(),
    });
  }
}

/**
 * The purchase has an id that follows from the order's, and follows from the event itself: it is made here, and by
 * `OrderPurchases` where this does not come to its end. Converting again is answered with the purchase that is there.
 */
@CommandHandler(ConvertPurchaseOrder)
export class ConvertPurchaseOrderHandler implements ICommandHandler<ConvertPurchaseOrder> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: OrderFacts,
    private readonly suppliers: SupplierReferences,
    private readonly purchases: OrderPurchases,
    private readonly log: Appender,
  ) {}

  async execute(command: ConvertPurchaseOrder): Promise<CommandAnswer> {
    const { context, id, body } = command;
    const { organisation } = context;
    const purchaseId = derivedId('purchase-of-order', organisation, id);
    const changed = await this.pipeline.change(purchaseOrders, command, id, {
      about: this.facts.about(organisation, id),
      makes: true,
      prepare: async (state) => {
        if (state.status === 'absent' || state.status === 'converted') return undefined;
        requireRoom(state.content);
        await this.suppliers.require(context, state.content.supplierId);
        return undefined;
      },
      decide: convertOrder(purchaseId, body),
    });
    // It is the last event of an order.
    const stream = streamOf(purchaseOrders, organisation, id);
    const [cause] = await this.log.recorded<PurchaseOrderConverted>(stream, changed.revision, changed.revision);
    const made = await this.purchases.make(cause as Recorded<PurchaseOrderConverted>);
    const { created } = changed;
    return new CommandAnswer(purchaseId, created ? 0 : made.revision, made.position, created, { purchaseOrderId: id });
  }
}

@CommandHandler(CancelPurchaseOrder)
export class CancelPurchaseOrderHandler implements ICommandHandler<CancelPurchaseOrder> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: OrderFacts,
  ) {}

  execute(command: CancelPurchaseOrder): Promise<CommandAnswer> {
    const { context, id, reason } = command;
    return this.pipeline.change(purchaseOrders, command, id, {
      about: this.facts.about(context.organisation, id),
      decide: cancelOrder(reason),
    });
  }
}

@CommandHandler(DiscardPurchaseOrder)
export class DiscardPurchaseOrderHandler implements ICommandHandler<DiscardPurchaseOrder> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: OrderFacts,
  ) {}

  execute(command: DiscardPurchaseOrder): Promise<CommandAnswer> {
    const { context, id } = command;
    return this.pipeline.change(purchaseOrders, command, id, {
      about: this.facts.about(context.organisation, id),
      decide: discardOrder(),
    });
  }
}
