import type { Feature } from '../../platform/feature.js';
import { apiKeyKind } from './api-key.kind.js';
import { CreateApiKeyHandler, DeleteApiKeyHandler, GetApiKeyHandler, ListApiKeysHandler } from './api-keys.handlers.js';
import { ApiKeysController } from './api-keys.http.js';

/** For the room's module. Whose a key is that comes in, the sessions' folder asks, where all bearers are told apart. */
export const apiKeysFeature: Feature = {
  controllers: [ApiKeysController],
  providers: [apiKeyKind, CreateApiKeyHandler, DeleteApiKeyHandler, ListApiKeysHandler, GetApiKeyHandler],
};
