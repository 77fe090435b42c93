import type { Feature } from '../../platform/feature.js';
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

/** For the room's module; the organisations provide `PRIMARY_CHECK`. */
export const accountsFeature: Feature = {
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
  ],
};
