import type { Feature } from '../../platform/feature.js';
import { AUTHENTICATOR } from '../../platform/http/authenticator.port.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key.authenticator.js';
import { ApiKeyUses } from '../api-keys/api-key-uses.service.js';
import { BearerAuthenticator } from './bearer.authenticator.js';
import { SessionAuthenticator } from './session.authenticator.js';
import {
  EndOwnSessionHandler,
  ListOwnSessionsHandler,
  RefreshSessionHandler,
  SignInHandler,
  SignOutEverywhereHandler,
  SignOutHandler,
} from './session.handlers.js';
import { OwnSessionsController, SessionsController } from './session.http.js';
import { SessionTokens } from './session-tokens.service.js';
import { SessionsService } from './sessions.service.js';
import { OwnSessions } from './own-sessions.service.js';

/** For the room's module, which exports `AUTHENTICATOR` to the edge. */
export const sessionsFeature: Feature = {
  controllers: [SessionsController, OwnSessionsController],
  providers: [
    SessionsService,
    SessionTokens,
    OwnSessions,
    SignInHandler,
    RefreshSessionHandler,
    SignOutHandler,
    ListOwnSessionsHandler,
    EndOwnSessionHandler,
    SignOutEverywhereHandler,
    SessionAuthenticator,
    ApiKeyAuthenticator,
    ApiKeyUses,
    { provide: AUTHENTICATOR, useClass: BearerAuthenticator },
  ],
};
