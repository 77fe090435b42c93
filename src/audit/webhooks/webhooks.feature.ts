import type { FactoryProvider } from '@nestjs/common';
import type { Feature } from '../../platform/feature.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { WebhookDeliveries } from './webhook.deliveries.service.js';
import { WebhookEyes } from './webhook.eyes.service.js';
import {
  CreateWebhookHandler,
  DeleteWebhookHandler,
  EditWebhookHandler,
  GetWebhookHandler,
  ListDeadLettersHandler,
  ListWebhooksHandler,
  PauseWebhookHandler,
  ReplayWebhookHandler,
  ResumeWebhookHandler,
  RetryDeadLetterHandler,
  RotateWebhookSecretHandler,
} from './webhook.handlers.js';
import { WebhooksController } from './webhook.http.js';
import { WebhookJournal } from './webhook.journal.service.js';
import { webhookKind } from './webhook.kind.js';
import { WebhookPost } from './webhook.post.service.js';
import { WebhookSecrets } from './webhook.secrets.service.js';
import { WebhookStarts } from './webhook.start.service.js';
import { WEBHOOK_TUNING, type WebhookTuning } from './webhook.tokens.js';

const MINUTE_MS = 60_000;
/** Eight attempts in some four hours. */
const PAUSES = [5000, 30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS, 120 * MINUTE_MS];
const TIMEOUT_MS = 10_000;

const tuning: FactoryProvider<WebhookTuning> = {
  provide: WEBHOOK_TUNING,
  useFactory: ({ webhooks }: Settings) => ({
    loopback: webhooks?.loopback === true,
    pauses: webhooks?.pauses?.map((seconds) => seconds * 1000) ?? PAUSES,
    timeoutMs: TIMEOUT_MS,
  }),
  inject: [SETTINGS],
};

/** For the room's module. */
export const webhooksFeature: Feature = {
  controllers: [WebhooksController],
  providers: [
    tuning,
    webhookKind,
    WebhookDeliveries,
    WebhookEyes,
    WebhookJournal,
    WebhookPost,
    WebhookSecrets,
    WebhookStarts,
    CreateWebhookHandler,
    EditWebhookHandler,
    RotateWebhookSecretHandler,
    PauseWebhookHandler,
    ResumeWebhookHandler,
    DeleteWebhookHandler,
    ReplayWebhookHandler,
    RetryDeadLetterHandler,
    ListWebhooksHandler,
    GetWebhookHandler,
    ListDeadLettersHandler,
  ],
};
