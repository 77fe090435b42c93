import { AUTHORISER } from '../../platform/commands/principal.js';
import { RECORD_ACCESS } from '../../platform/commands/record-access.port.js';
import type { Feature } from '../../platform/feature.js';
import { KNOWN_PERMISSIONS } from '../../platform/http/route.js';
import { PERMISSION_LABELS } from '../contract.js';
import { AccessMatrixHandler, CheckAccessHandler, MembersAsOfHandler, WhoCanHandler } from './access.handlers.js';
import { AccessController } from './access.http.js';
import { AuthoriserService } from './authoriser.service.js';
import { Moments } from './moments.service.js';
import { Questions } from './questions.service.js';
import { WhatIfHandler } from './what-if.handlers.js';

/** For the room's module, which exports `AUTHORISER` to everybody. */
export const authoriserFeature: Feature = {
  controllers: [AccessController],
  providers: [
    { provide: AUTHORISER, useClass: AuthoriserService },
    { provide: KNOWN_PERMISSIONS, useValue: PERMISSION_LABELS },
    Moments,
    Questions,
    { provide: RECORD_ACCESS, useExisting: Questions },
    CheckAccessHandler,
    WhoCanHandler,
    AccessMatrixHandler,
    MembersAsOfHandler,
    WhatIfHandler,
  ],
};
