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
import { OrganisationKind } from './organisation.kind.js';

/** For the room's module. */
export const organisationsFeature = {
  controllers: [OrganisationsController],
  providers: [
    DirectoryService,
    OrganisationKind,
    FoundOrganisationHandler,
    EditOrganisationHandler,
    GetOrganisationHandler,
    ChangeAccountBillingHandler,
    GetAccountBillingHandler,
    ListMyOrganisationsHandler,
  ],
};
