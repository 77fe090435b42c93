import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { VAULT } from '../../platform/commands/tokens.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { releaseAddress } from './email-claim.decide.js';
import type { AccountErased, CredentialReplaced } from './account.js';
import { AccountWriter } from './account.writer.js';
import { AccountsService } from './accounts.service.js';
import { type AddressClaimed, emailClaims, type PasswordResetAsked } from './email-claim.js';
import { PasswordResets } from './password-resets.service.js';
import type { AccountRecovered } from './recovery.js';
import type { RecoveryCodesReplaced, SecondFactorDisabled, SecondFactorPrepared } from './second-factor.js';

type Dropping =
  CredentialReplaced | SecondFactorPrepared | RecoveryCodesReplaced | SecondFactorDisabled | AccountRecovered;

/**
 * Finishes what a request began and a crash may have left half done: claims of addresses, links to new passwords, content of the
 * vault that is of no use any more, erasures. Each step repeats safely.
 */
@Injectable()
export class AccountUpkeep implements Reactor, OnModuleInit {
  readonly name = 'account-upkeep';
  readonly types = [
    'AddressClaimed',
    'PasswordResetAsked',
    'CredentialReplaced',
    'SecondFactorPrepared',
    'RecoveryCodesReplaced',
    'SecondFactorDisabled',
    'AccountRecovered',
    'AccountErased',
  ] as const;

  constructor(
    private readonly accounts: AccountsService,
    private readonly resets: PasswordResets,
    private readonly writer: AccountWriter,
    @Inject(VAULT) private readonly vault: Vault,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const mine = event as Recorded<AddressClaimed | PasswordResetAsked | Dropping | AccountErased>;
    switch (mine.type) {
      case 'AddressClaimed':
        return this.accounts.settle(mine);
      case 'PasswordResetAsked':
        return this.resets.follow(mine);
      case 'CredentialReplaced':
      case 'SecondFactorPrepared':
      case 'RecoveryCodesReplaced':
      case 'SecondFactorDisabled':
      case 'AccountRecovered':
        for (const version of mine.data.drops ?? []) await this.vault.dropCredentials(recordIdOf(mine.stream), version);
        return;
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
