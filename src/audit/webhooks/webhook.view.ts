import { changed } from '../../kernel/changes.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { reachTokens } from '../../access/contract.js';
import type { PauseReason, WebhookCreated, WebhookEvent, WebhookMaker, WebhookSettings } from './webhook.js';

/** A webhook as it is listed, keyed by its id. One that is deleted stays, so that the trail can name it. */
export interface WebhookDoc extends WebhookSettings {
  readonly organisation: string;
  readonly reach: readonly string[];
  readonly revision: number;
  readonly status: 'active' | 'paused' | 'deleted';
  readonly reason?: PauseReason;
  /** Open ones are listed. */
  readonly open: 'yes' | 'no';
  readonly host: string;
  readonly createdBy: string;
  readonly maker: WebhookMaker;
  readonly createdAt: Instant;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
}

export const webhooksView: ViewDefinition<WebhookDoc, WebhookEvent> = {
  name: 'webhooks',
  version: 1,
  events: [
    'WebhookCreated',
    'WebhookEdited',
    'WebhookSecretRotated',
    'WebhookPaused',
    'WebhookResumed',
    'WebhookReplayed',
    'WebhookDeleted',
  ],
  fields: { organisation: 'symbol', status: 'text', open: 'text', reach: 'texts', created: 'text' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['organisation', 'open'], ['organisation', 'open', 'reach'], ['status']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    if (event.type === 'WebhookCreated') return made(event);
    if (doc === null) return null;
    const { revision } = event;
    switch (event.type) {
      case 'WebhookEdited': {
        const { host, maker = doc.maker, changes } = event.data;
        return { ...changed<WebhookDoc>(doc, changes), host, maker, revision };
      }
      case 'WebhookPaused':
        return { ...doc, status: 'paused', reason: event.data.reason, revision };
      case 'WebhookResumed': {
        const { reason: _, ...rest } = doc;
        return { ...rest, status: 'active', maker: event.data.maker, revision };
      }
      case 'WebhookDeleted':
        return { ...doc, status: 'deleted', open: 'no', revision };
      case 'WebhookSecretRotated':
      case 'WebhookReplayed':
        return { ...doc, revision };
    }
  },
};

function made({ data, metadata, revision, recordedAt, position }: Recorded<WebhookCreated>): WebhookDoc {
  const { secret: _, ...shown } = data;
  return {
    ...shown,
    organisation: metadata.organisation ?? '',
    reach: reachTokens({ createdBy: data.createdBy }),
    revision,
    status: 'active',
    open: 'yes',
    createdAt: recordedAt,
    created: position,
  };
}
