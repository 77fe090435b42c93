import type { Feature } from '../../platform/feature.js';
import { BothAccountsService } from './both-accounts.service.js';
import {
  AcceptHandoverHandler,
  CancelHandoverHandler,
  DeclineHandoverHandler,
  GetHandoverHandler,
  ProposeHandoverHandler,
} from './handover.handlers.js';
import { HandoverController } from './handover.http.js';
import { HandoverMails } from './handover-mails.reactor.js';
import { RecoveryMails } from './recovery-mails.reactor.js';

/** For the room's module. */
export const primaryFeature: Feature = {
  controllers: [HandoverController],
  providers: [
    BothAccountsService,
    HandoverMails,
    RecoveryMails,
    ProposeHandoverHandler,
    CancelHandoverHandler,
    AcceptHandoverHandler,
    DeclineHandoverHandler,
    GetHandoverHandler,
  ],
};
