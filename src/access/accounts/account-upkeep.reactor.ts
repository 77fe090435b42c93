import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { VAULT } from '../../platform/commands/tokens.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { releaseAddress } from './email-claim.decide.js';
import type { AccountErased } from './account.js';
import { AccountWriter } from './account.writer.js';
import { AccountsService } from './accounts.service.js';
import { type AddressClaimed, emailClaims } from './email-claim.js';

/** Finishes what a request began and a crash may have left half done: claims of addresses, erasures. Each step repeats safely. */
@Injectable()
export class AccountUpkeep implements Reactor, OnModuleInit {
  readonly name = 'account-upkeep';
  readonly types = ['AddressClaimed', 'AccountErased'] as const;

  constructor(
    private readonly accounts: AccountsService,
    private readonly writer: AccountWriter,
    @Inject(VAULT) private readonly vault: Vault,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const mine = event as Recorded<AddressClaimed | AccountErased>;
    switch (mine.type) {
      case 'AddressClaimed':
        return this.accounts.settle(mine);
      case 'AccountErased':
        return this.erase(mine);
    }
  }

  /** The key goes last: as long as it is there, the rest is tried again. */
  private async erase(event: Recorded<AccountErased>): Promise<void> {
    const accountId = recordIdOf(event.stream);
    await this.writer.write(emailClaims, event.data.address, {
      decide: releaseAddress(accountId),
      by: this.writer.consequence(event, 'EraseAccount'),
    });
    await this.vault.dropCredentials(accountId);
    await this.vault.destroySubjectKey('', accountId);
  }
}
