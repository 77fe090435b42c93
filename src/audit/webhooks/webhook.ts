import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Instant, Recorded } from '../../kernel/event.js';

/** With whose eyes a webhook sees: whoever set it up last, in person or by an API key. */
export interface WebhookMaker {
  readonly userId: string;
  readonly apiKey?: string;
}

export interface WebhookSettings {
  readonly url: string;
  /** Types of events that are sent; all where there are none. */
  readonly types?: readonly string[];
  readonly description?: string;
}

/** An event by which deliveries begin: with it, or behind it. Found in whichever store the log was moved to. */
export interface StartOfRun {
  readonly stream: string;
  readonly revision: number;
  readonly included: boolean;
}

/** Why a webhook stands still. */
export type PauseReason = 'asked' | 'maker-gone' | 'permission-lost' | 'receiver-gone' | 'failing';

/** `host` is the URL's: what sentences are made with. The URL itself may tell more than all need to know. */
export type WebhookCreated = DomainEvent<
  'WebhookCreated',
  WebhookSettings & {
    readonly host: string;
    readonly createdBy: string;
    readonly maker: WebhookMaker;
    /** The version of the secret in the vault. */
    readonly secret: string;
  }
>;
export type WebhookEdited = DomainEvent<
  'WebhookEdited',
  {
    readonly host: string;
    /** Absent where nothing changed that decides what goes where. */
    readonly maker?: WebhookMaker;
    readonly changes: Changes<WebhookSettings>;
  }
>;
export type WebhookSecretRotated = DomainEvent<
  'WebhookSecretRotated',
  {
    readonly host: string;
    readonly secret: string;
    /** The one before signs as well, before this instant. */ readonly overlap: Instant;
  }
>;
export type WebhookPaused = DomainEvent<
  'WebhookPaused',
  { readonly host: string; readonly reason: PauseReason; readonly maker: WebhookMaker }
>;
export type WebhookResumed = DomainEvent<'WebhookResumed', { readonly host: string; readonly maker: WebhookMaker }>;
export type WebhookReplayed = DomainEvent<
  'WebhookReplayed',
  {
    readonly host: string;
    /** Absent where nothing was recorded since: it begins with what comes. */ readonly start?: StartOfRun;
  }
>;
export type WebhookDeleted = DomainEvent<'WebhookDeleted', { readonly host: string }>;

export type WebhookEvent =
  | WebhookCreated
  | WebhookEdited
  | WebhookSecretRotated
  | WebhookPaused
  | WebhookResumed
  | WebhookReplayed
  | WebhookDeleted;

/** One pass through the log. It has a checkpoint of its own, so a pass that was left off cannot move the next one. */
export interface WebhookRun {
  /** Revision of the event that began it. */
  readonly revision: number;
  readonly start: StartOfRun;
}

export interface LiveWebhook {
  readonly status: 'active' | 'paused';
  readonly reason?: PauseReason;
  readonly settings: WebhookSettings;
  readonly host: string;
  readonly createdBy: string;
  readonly maker: WebhookMaker;
  /** Revision of the maker's account when they became it: whoever took the account over later did not. */
  readonly makerRevision: number;
  /** Versions in the vault, the newest first; the others until their instant. */
  readonly secrets: readonly { readonly version: string; readonly until?: Instant }[];
  readonly run: WebhookRun;
}

export type Webhook = { readonly status: 'absent' | 'deleted' } | LiveWebhook;

const record = (event: Recorded<WebhookEvent>) => ({ kind: 'webhook', id: recordIdOf(event.stream) });

const REASONS: Readonly<Record<PauseReason, string>> = {
  asked: '',
  'maker-gone': ', because whoever set it up is no active member any more',
  'permission-lost': ', because whoever set it up may not have the trail sent any more',
  'receiver-gone': ', because the receiver said that it is gone',
  failing: ', because nothing could be delivered any more',
};

const events: EventCatalogue<WebhookEvent> = {
  WebhookCreated: {
    schemaVersion: 1,
    summary: ({ host }) => `made a webhook that sends to ${host}`,
    changes: ({ url, types, description }) => asNew({ url, types, description }).filter(({ to }) => to !== undefined),
    record,
  },
  WebhookEdited: {
    schemaVersion: 1,
    summary: ({ host }) => `changed the webhook to ${host}`,
    changes: changesOf,
    record,
  },
  WebhookSecretRotated: {
    schemaVersion: 1,
    summary: ({ host }) => `gave the webhook to ${host} another secret`,
    changes: ({ overlap }) => [{ field: 'overlap', from: null, to: overlap }],
    record,
  },
  WebhookPaused: {
    schemaVersion: 1,
    summary: ({ host, reason }) => `paused the webhook to ${host}${REASONS[reason]}`,
    changes: () => [{ field: 'status', from: 'active', to: 'paused' }],
    record,
    subjects: ({ maker }) => [maker.userId],
  },
  WebhookResumed: {
    schemaVersion: 1,
    summary: ({ host }) => `resumed the webhook to ${host}`,
    changes: () => [{ field: 'status', from: 'paused', to: 'active' }],
    record,
  },
  WebhookReplayed: {
    schemaVersion: 1,
    summary: ({ host }) => `asked for the past to be sent again to the webhook to ${host}`,
    changes: () => [],
    record,
  },
  WebhookDeleted: {
    schemaVersion: 1,
    summary: ({ host }) => `deleted the webhook to ${host}`,
    changes: () => [],
    record,
  },
};

export const webhooks: Aggregate<Webhook, WebhookEvent> = {
  name: 'webhook',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve,
  exists: isLive,
  facts: (state) => (isLive(state) ? { createdBy: state.createdBy } : {}),
};

export function isLive(state: Webhook): state is LiveWebhook {
  return state.status === 'active' || state.status === 'paused';
}

/** What a person asks for by hand counts as theirs from then on. */
const madeBy = (maker: WebhookMaker, { metadata }: Recorded<WebhookEvent>) => ({
  maker,
  makerRevision: metadata.authority?.access.account ?? -1,
});

function evolve(state: Webhook, event: Recorded<WebhookEvent>): Webhook {
  if (event.type === 'WebhookCreated') return created(event);
  if (!isLive(state)) return state;
  switch (event.type) {
    case 'WebhookEdited': {
      const { host, maker, changes } = event.data;
      const edited = { ...state, host, settings: changed(state.settings, changes) };
      return maker === undefined ? edited : { ...edited, ...madeBy(maker, event) };
    }
    case 'WebhookSecretRotated': {
      const [newest] = state.secrets;
      const { secret, overlap } = event.data;
      return { ...state, secrets: [{ version: secret }, { version: newest!.version, until: overlap }] };
    }
    case 'WebhookPaused':
      return { ...state, status: 'paused', reason: event.data.reason };
    case 'WebhookResumed': {
      const { reason: _, ...rest } = state;
      return { ...rest, status: 'active', ...madeBy(event.data.maker, event) };
    }
    case 'WebhookReplayed':
      return { ...state, run: { revision: event.revision, start: event.data.start ?? behind(event) } };
    case 'WebhookDeleted':
      return { status: 'deleted' };
  }
}

function created(event: Recorded<WebhookCreated>): LiveWebhook {
  const { host, createdBy, maker, secret, ...settings } = event.data;
  return {
    status: 'active',
    settings,
    host,
    createdBy,
    ...madeBy(maker, event),
    secrets: [{ version: secret }],
    run: { revision: event.revision, start: behind(event) },
  };
}

const behind = ({ stream, revision }: Recorded<WebhookEvent>): StartOfRun => ({ stream, revision, included: false });

/** Under what the vault keeps the secrets of a webhook. */
export const secretsOf = (id: string): string => `webhook:${id}`;

/** Versions of the secrets that sign at an instant, the newest first. */
export const signingAt = ({ secrets }: LiveWebhook, at: Instant): readonly string[] =>
  secrets.filter(({ until }) => until === undefined || at < until).map(({ version }) => version);
