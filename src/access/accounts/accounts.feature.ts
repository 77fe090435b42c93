import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Reactors } from '../../platform/reactor/reactors.js';
import { AccountMails } from './account-mails.reactor.js';
import { AccountUpkeep } from './account-upkeep.reactor.js';
import {
  EditProfileHandler,
  EraseAccountHandler,
  GetProfileHandler,
  SignUpHandler,
  VerifyEmailHandler,
} from './account.handlers.js';
import { AccountsController, MeController } from './account.http.js';
import { AccountWriter } from './account.writer.js';
import { AccountsService } from './accounts.service.js';
import { EmailAddresses } from './emails.service.js';
import { Passwords } from './passwords.service.js';
import { Profiles } from './profiles.service.js';
import { VerificationTokens } from './verification.tokens.js';

@Injectable()
class AccountReactors implements OnModuleInit {
  constructor(
    private readonly reactors: Reactors,
    private readonly mails: AccountMails,
    private readonly upkeep: AccountUpkeep,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this.mails);
    this.reactors.register(this.upkeep);
  }
}

/** For the room's module; it provides `PRIMARY_CHECK` besides. */
export const accountsFeature = {
  controllers: [AccountsController, MeController],
  providers: [
    AccountWriter,
    AccountsService,
    EmailAddresses,
    Passwords,
    Profiles,
    VerificationTokens,
    SignUpHandler,
    VerifyEmailHandler,
    EditProfileHandler,
    EraseAccountHandler,
    GetProfileHandler,
    AccountMails,
    AccountUpkeep,
    AccountReactors,
  ],
};
