import { AUTHORISER } from '../../platform/commands/principal.js';
import type { Feature } from '../../platform/feature.js';
import { KNOWN_PERMISSIONS } from '../../platform/http/route.js';
import { PERMISSIONS } from '../contract.js';
import { AccessMatrixHandler, CheckAccessHandler, WhoCanHandler } from './access.handlers.js';
import { AccessController } from './access.http.js';
import { AuthoriserService } from './authoriser.service.js';

/** For the room's module, which exports `AUTHORISER` to everybody. */
export const authoriserFeature: Feature = {
  controllers: [AccessController],
  providers: [
    { provide: AUTHORISER, useClass: AuthoriserService },
    { provide: KNOWN_PERMISSIONS, useValue: new Set<string>(PERMISSIONS) },
    CheckAccessHandler,
    WhoCanHandler,
    AccessMatrixHandler,
  ],
};
