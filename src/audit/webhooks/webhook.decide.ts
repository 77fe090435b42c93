import { changesTo, isEmpty, type Patch } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import {
  isLive,
  type LiveWebhook,
  type PauseReason,
  type StartOfRun,
  type Webhook,
  type WebhookEvent,
  type WebhookMaker,
  type WebhookSettings,
} from './webhook.js';

type WebhookDecide = Decide<Webhook, WebhookEvent>;

/** So many webhooks an organisation may have at once; each is a queue and a connection. */
export const MAX_WEBHOOKS = 50;
/** How long the secret before signs as well, so that receivers can change over: a day. */
const OVERLAP_MS = 24 * 60 * 60 * 1000;

export interface NewWebhook extends WebhookSettings {
  readonly maker: WebhookMaker;
  /** Version of its secret. */
  readonly secret: string;
}

const hostOf = ({ url }: Pick<WebhookSettings, 'url'>): string => new URL(url).host;

/** `Prepared` is how many there are already. */
export const createWebhook =
  ({ maker, secret, ...settings }: NewWebhook): Decide<Webhook, WebhookEvent, number> =>
  (_, { userId }, count) => {
    if (count >= MAX_WEBHOOKS)
      throw conflict('too-many-webhooks', `An organisation has at most ${MAX_WEBHOOKS} webhooks: delete one first`);
    const data = { ...settings, host: hostOf(settings), createdBy: userId, maker, secret };
    return [{ type: 'WebhookCreated', data }];
  };

/**
 * Whoever changes what goes where becomes its maker: otherwise somebody could have sent to themselves what only another person
 * may see.
 */
export const editWebhook =
  (patch: Patch<WebhookSettings>, maker: WebhookMaker): WebhookDecide =>
  (state) => {
    const { settings } = live(state);
    const changes = changesTo(settings, patch);
    if (isEmpty(changes)) return [];
    const host = hostOf({ url: changes.url?.to ?? settings.url });
    const redirects = 'url' in changes || 'types' in changes;
    return [{ type: 'WebhookEdited', data: { host, ...(redirects && { maker }), changes } }];
  };

export const rotateSecret =
  (secret: string): WebhookDecide =>
  (state, { now }) => {
    const { host } = live(state);
    const overlap = new Date(Date.parse(now) + OVERLAP_MS).toISOString();
    return [{ type: 'WebhookSecretRotated', data: { host, secret, overlap } }];
  };

export const pauseWebhook =
  (reason: PauseReason): WebhookDecide =>
  (state) => {
    const { status, host, maker } = live(state);
    return status === 'paused' ? [] : [{ type: 'WebhookPaused', data: { host, reason, maker } }];
  };

export const resumeWebhook =
  (maker: WebhookMaker): WebhookDecide =>
  (state) => {
    const { status, host } = live(state);
    return status === 'active' ? [] : [{ type: 'WebhookResumed', data: { host, maker } }];
  };

export const replayWebhook =
  (start: StartOfRun | undefined): WebhookDecide =>
  (state) => {
    const { status, host } = live(state);
    if (status === 'paused') throw conflict('webhook-paused', 'The webhook is paused: resume it first');
    return [{ type: 'WebhookReplayed', data: { host, ...(start && { start }) } }];
  };

export const deleteWebhook = (): WebhookDecide => (state) => [
  { type: 'WebhookDeleted', data: { host: live(state).host } },
];

function live(state: Webhook): LiveWebhook {
  if (!isLive(state)) throw notFound();
  return state;
}
