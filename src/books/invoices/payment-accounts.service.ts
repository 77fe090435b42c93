import { Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import { derivedId } from '../../platform/commands/idempotency.js';

export interface PaymentAccount {
  readonly id: string;
  readonly label: string;
}

/** Where a payment can go. Until the bank is a room of its own, each organisation has one account, known by its id alone. */
@Injectable()
export class PaymentAccounts {
  of(organisation: string): readonly PaymentAccount[] {
    return [{ id: derivedId('payment-account', organisation), label: 'Current account' }];
  }

  /** @throws Refusal validation-failed */
  check(organisation: string, id: string): void {
    if (!this.of(organisation).some((account) => account.id === id)) {
      throw invalid('paymentAccountId', 'is no payment account of this organisation');
    }
  }
}
