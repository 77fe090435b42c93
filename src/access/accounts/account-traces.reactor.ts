import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Recorded } from '../../kernel/event.js';
import { ErasureTraces } from '../../platform/privacy/erasure-traces.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import type { AccountErased } from './account.js';
import { EmailAddresses } from './emails.service.js';

/** Takes what an erased account has left in files besides the log. Apart from the upkeep, which waits for no view. */
@Injectable()
export class AccountTraces implements Reactor, OnModuleInit {
  readonly name = 'account-traces';
  readonly types = ['AccountErased'] as const;

  constructor(
    private readonly traces: ErasureTraces,
    private readonly addresses: EmailAddresses,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  /** Its address is known by its id only; the mails to it are found by that. */
  async handle(event: Recorded): Promise<void> {
    const { address: id } = (event as Recorded<AccountErased>).data;
    await this.traces.forgetMailsTo(async (address) => (await this.addresses.idOf(address)) === id);
    await this.traces.scrubViews();
  }
}
