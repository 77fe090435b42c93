import type { Feature } from '../../platform/feature.js';
import { AccountLinks } from './account-links.tokens.js';
import { AccountMails } from './account-mails.reactor.js';
import { AccountTraces } from './account-traces.reactor.js';
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
import { GuessLimits } from './guesses.limits.js';
import { OwnPassword } from './own-password.service.js';
import { PasswordResets } from './password-resets.service.js';
import { AskForPasswordResetHandler, ChangePasswordHandler, ResetPasswordHandler } from './password.handlers.js';
import { PasswordController } from './password.http.js';
import { Passwords } from './passwords.service.js';
import { Profiles } from './profiles.service.js';
import {
  ConfirmSecondFactorHandler,
  DisableSecondFactorHandler,
  GetSecondFactorHandler,
  PrepareSecondFactorHandler,
  ReplaceRecoveryCodesHandler,
} from './second-factor.handlers.js';
import { SecondFactorController } from './second-factor.http.js';
import { SecondFactors } from './second-factors.service.js';
import { SecurityMails } from './security-mails.reactor.js';

/** For the room's module; the organisations provide `PRIMARY_CHECK`. */
export const accountsFeature: Feature = {
  controllers: [AccountsController, MeController, PasswordController, SecondFactorController],
  providers: [
    AccountWriter,
    AccountsService,
    EmailAddresses,
    Passwords,
    Profiles,
    AccountLinks,
    GuessLimits,
    OwnPassword,
    PasswordResets,
    SecondFactors,
    SignUpHandler,
    VerifyEmailHandler,
    EditProfileHandler,
    EraseAccountHandler,
    GetProfileHandler,
    AskForPasswordResetHandler,
    ResetPasswordHandler,
    ChangePasswordHandler,
    PrepareSecondFactorHandler,
    ConfirmSecondFactorHandler,
    DisableSecondFactorHandler,
    ReplaceRecoveryCodesHandler,
    GetSecondFactorHandler,
    AccountMails,
    SecurityMails,
    AccountUpkeep,
    AccountTraces,
  ],
};
