import { Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { isAddress } from '../../platform/mail/address.js';
import { customers, requireUsable } from '../customers/customer.js';

/** Where something is sent to a customer, asked by every command that sends. */
@Injectable()
export class Recipients {
  constructor(private readonly states: StateCache) {}

  /**
   * The address that is asked for, by default the customer's own. What goes out is checked once more by `CustomerMails`.
   *
   * @throws Refusal conflict where the data of the customer may not be used: restricted, erased; validation-failed on `field`
   * where there is no address
   */
  async of(organisation: string, customerId: string, to?: string, field = 'to'): Promise<{ readonly to: string }> {
    const { state } = await this.states.load(customers, organisation, customerId);
    requireUsable(state);
    const address = to ?? (state.status === 'absent' ? undefined : state.fields.email);
    if (address === undefined) throw invalid(field, 'the customer has no email address; say where to send it');
    // Some addresses that may be kept with a customer are none that a mail can name: quoted ones.
    if (!isAddress(address)) throw invalid(field, 'is no email address that mails can be sent to');
    return { to: address };
  }
}
