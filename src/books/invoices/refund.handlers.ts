import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RecordCommandWith } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer } from '../../platform/commands/principal.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { creditNotes } from './credit-note.js';
import { refundCreditNote } from './credit-note.decide.js';
import { Credits } from './credits.service.js';
import { invoices, type Payment } from './invoice.js';
import { recordRefund } from './invoice.decide.js';
import { PaymentAccounts } from './payment-accounts.service.js';

export class RecordRefund extends RecordCommandWith<Payment> {
  readonly name = 'RecordRefund';
}

export class RefundCreditNote extends RecordCommandWith<Payment> {
  readonly name = 'RefundCreditNote';
}

@CommandHandler(RecordRefund)
export class RecordRefundHandler implements ICommandHandler<RecordRefund> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: PaymentAccounts,
    private readonly periods: PeriodLocks,
    private readonly credits: Credits,
  ) {}

  execute(command: RecordRefund): Promise<CommandAnswer> {
    const { context, id, body: refund } = command;
    return this.pipeline.change(invoices, command, id, {
      prepare: async (state) => {
        await this.accounts.check(context, refund.paymentAccountId);
        await this.periods.requireOpen(context.organisation, refund.date);
        return this.credits.voidNotes(context.organisation, state);
      },
      decide: recordRefund(refund),
    });
  }
}

@CommandHandler(RefundCreditNote)
export class RefundCreditNoteHandler implements ICommandHandler<RefundCreditNote> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly accounts: PaymentAccounts,
    private readonly periods: PeriodLocks,
  ) {}

  execute(command: RefundCreditNote): Promise<CommandAnswer> {
    const { context, id, body: refund } = command;
    return this.pipeline.change(creditNotes, command, id, {
      prepare: async () => {
        await this.accounts.check(context, refund.paymentAccountId);
        await this.periods.requireOpen(context.organisation, refund.date);
        return undefined;
      },
      decide: refundCreditNote(refund),
    });
  }
}
