import type { Feature } from '../../platform/feature.js';
import { PRIMARY_CHECK } from '../accounts/primary-check.port.js';
import { ORGANISATIONS } from './directory.js';
import { DirectoryService } from './directory.service.js';
import {
  ChangeAccountBillingHandler,
  EditOrganisationHandler,
  FoundOrganisationHandler,
  GetAccountBillingHandler,
  GetOrganisationHandler,
  ListMyOrganisationsHandler,
} from './organisation.handlers.js';
import { OrganisationsController } from './organisation.http.js';
import { AccountBillingKind, OrganisationKind } from './organisation.kind.js';
import { GetTwoPairsOfEyesHandler, SwitchTwoPairsOfEyesHandler } from './two-pairs-of-eyes.handlers.js';
import { TwoPairsOfEyesController } from './two-pairs-of-eyes.http.js';

/** For the room's module. */
export const organisationsFeature: Feature = {
  controllers: [OrganisationsController, TwoPairsOfEyesController],
  providers: [
    DirectoryService,
    { provide: ORGANISATIONS, useExisting: DirectoryService },
    { provide: PRIMARY_CHECK, useExisting: DirectoryService },
    OrganisationKind,
    AccountBillingKind,
    FoundOrganisationHandler,
    EditOrganisationHandler,
    GetOrganisationHandler,
    ChangeAccountBillingHandler,
    GetAccountBillingHandler,
    ListMyOrganisationsHandler,
    SwitchTwoPairsOfEyesHandler,
    GetTwoPairsOfEyesHandler,
  ],
};
