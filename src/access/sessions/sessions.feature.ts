import type { Feature } from '../../platform/feature.js';
import { AUTHENTICATOR } from '../../platform/http/authenticator.port.js';
import { SessionAuthenticator } from './session.authenticator.js';
import { RefreshSessionHandler, SignInHandler, SignOutHandler } from './session.handlers.js';
import { SessionsController } from './session.http.js';
import { SessionTokens } from './session-tokens.service.js';
import { SessionsService } from './sessions.service.js';
import { SignInLimits } from './sign-in.limits.js';

/** For the room's module, which exports `AUTHENTICATOR` to the edge. */
export const sessionsFeature: Feature = {
  controllers: [SessionsController],
  providers: [
    SessionsService,
    SessionTokens,
    SignInLimits,
    SignInHandler,
    RefreshSessionHandler,
    SignOutHandler,
    { provide: AUTHENTICATOR, useClass: SessionAuthenticator },
  ],
};
