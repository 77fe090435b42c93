import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { movedFacts } from '../../kernel/decider.js';
import { CommandWith, ReasonedCommand, RecordCommand, RecordCommandWith } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer } from '../../platform/commands/principal.js';
import { PaymentAccounts } from '../invoices/payment-accounts.service.js';
import { LineAccounts } from '../chart/line-accounts.service.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { SupplierReferences } from '../suppliers/supplier-references.service.js';
import { type Purchase, type PurchasePayment, purchases } from './purchase.js';
import {
  approvePurchase,
  discardPurchase,
  draftPurchase,
  editPurchase,
  payPurchase,
  type PurchaseInput,
  type PurchasePatch,
  submitPurchase,
  voidPurchase,
} from './purchase.decide.js';
import { PurchaseFacts } from './purchase-facts.service.js';
import { PurchaseReferences } from './purchase-references.service.js';

export class DraftPurchase extends CommandWith<PurchaseInput> {
  readonly name = 'DraftPurchase';
}

export class EditPurchase extends RecordCommandWith<PurchasePatch> {
  readonly name = 'EditPurchase';
}

export class SubmitPurchase extends RecordCommand {
  readonly name = 'SubmitPurchase';
}

export class ApprovePurchase extends RecordCommand {
  readonly name = 'ApprovePurchase';
}

export class PayPurchase extends RecordCommandWith<PurchasePayment> {
  readonly name = 'PayPurchase';
}

export class VoidPurchase extends ReasonedCommand {
  readonly name = 'VoidPurchase';
}

export class DiscardPurchase extends RecordCommand {
  readonly name = 'DiscardPurchase';
}

@CommandHandler(DraftPurchase)
export class DraftPurchaseHandler implements ICommandHandler<DraftPurchase> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly references: PurchaseReferences,
  ) {}

  execute(command: DraftPurchase): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(purchases, command, {
      facts: { projectId: body.projectId ?? undefined, brandId: body.brandId ?? undefined },
      prepare: () => this.references.forNew(context, body),
      decide: draftPurchase(body),
    });
  }
}

@CommandHandler(EditPurchase)
export class EditPurchaseHandler implements ICommandHandler<EditPurchase> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: PurchaseFacts,
    private readonly references: PurchaseReferences,
    private readonly periods: PeriodLocks,
  ) {}

  execute(command: EditPurchase): Promise<CommandAnswer> {
    const { context, id, body: patch } = command;
    return this.pipeline.change(purchases, command, id, {
      about: this.facts.about(context.organisation, id),
      factsAfter: (state) => movedFacts(purchases.facts(state), patch),
      prepare: async (state) => {
        await this.periods.requireOpen(context.organisation, ...postedOn(state));
        return this.references.check(context, patch, state.status === 'absent' ? {} : state.content);
      },
      decide: editPurchase(patch),
    });
  }
}

@CommandHandler(SubmitPurchase)
export class SubmitPurchaseHandler implements ICommandHandler<SubmitPurchase> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: PurchaseFacts,
  ) {}

  execute(command: SubmitPurchase): Promise<CommandAnswer> {
    const { context, id } = command;
    return this.pipeline.change(purchases, command, id, {
      about: this.facts.about(context.organisation, id),
      decide: submitPurchase(),
    });
  }
}

/** It is posted on its own book date, which is a day that is open. */
@CommandHandler(ApprovePurchase)
export class ApprovePurchaseHandler implements ICommandHandler<ApprovePurchase> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: PurchaseFacts,
    private readonly suppliers: SupplierReferences,
    private readonly accounts: LineAccounts,
    private readonly periods: PeriodLocks,
    @Inject(ORGANISATIONS) private readonly organisations: Pick<OrganisationDirectory, 'hasTwoPairsOfEyes'>,
  ) {}

  execute(command: ApprovePurchase): Promise<CommandAnswer> {
    const { context, id } = command;
    const { organisation } = context;
    return this.pipeline.change(purchases, command, id, {
      about: this.facts.about(organisation, id),
      prepare: async (state) => {
        const { supplierId, date, lines } = contentOf(state);
        await this.periods.requireOpen(organisation, date);
        await this.accounts.check(context, 'purchases', lines);
        const [twoPairs, from] = await Promise.all([
          this.organisations.hasTwoPairsOfEyes(organisation),
          this.suppliers.purchasedFrom(organisation, supplierId),
        ]);
        return { twoPairs, from };
      },
      decide: approvePurchase(),
    });
  }
}

@CommandHandler(PayPurchase)
export class PayPurchaseHandler implements ICommandHandler<PayPurchase> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: PurchaseFacts,
    private readonly accounts: PaymentAccounts,
    private readonly periods: PeriodLocks,
    @Inject(ORGANISATIONS) private readonly organisations: Pick<OrganisationDirectory, 'hasTwoPairsOfEyes'>,
  ) {}

  execute(command: PayPurchase): Promise<CommandAnswer> {
    const { context, id, body: payment } = command;
    const { organisation } = context;
    return this.pipeline.change(purchases, command, id, {
      about: this.facts.about(organisation, id),
      prepare: async () => {
        await this.accounts.check(context, payment.paymentAccountId);
        await this.periods.requireOpen(organisation, payment.date);
        return { twoPairs: await this.organisations.hasTwoPairsOfEyes(organisation) };
      },
      decide: payPurchase(payment),
    });
  }
}

@CommandHandler(VoidPurchase)
export class VoidPurchaseHandler implements ICommandHandler<VoidPurchase> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: PurchaseFacts,
    private readonly periods: PeriodLocks,
  ) {}

  execute(command: VoidPurchase): Promise<CommandAnswer> {
    const { context, id, reason } = command;
    return this.pipeline.change(purchases, command, id, {
      about: this.facts.about(context.organisation, id),
      prepare: async (state) => {
        await this.periods.requireOpen(context.organisation, ...postedOn(state));
        return undefined;
      },
      decide: voidPurchase(reason),
    });
  }
}

@CommandHandler(DiscardPurchase)
export class DiscardPurchaseHandler implements ICommandHandler<DiscardPurchase> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly facts: PurchaseFacts,
  ) {}

  execute(command: DiscardPurchase): Promise<CommandAnswer> {
    const { context, id } = command;
    return this.pipeline.change(purchases, command, id, {
      about: this.facts.about(context.organisation, id),
      decide: discardPurchase(),
    });
  }
}

/** The day on which a purchase stands in the books, if it does. */
const postedOn = (state: Purchase): readonly string[] => (state.status === 'approved' ? [state.content.date] : []);

/** The pipeline prepares nothing for a purchase that is not there. */
function contentOf(state: Purchase) {
  if (state.status === 'absent') throw new Error('There is no such purchase');
  return state.content;
}
