import { Inject, Injectable } from '@nestjs/common';
import type { Codec } from '../../platform/codec/codec.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, CODEC, EVENT_STORE, VAULT } from '../../platform/commands/tokens.js';
import { type EventStore, type StoredEvent, StoreUnavailable } from '../../platform/event-store/event-store.port.js';
import { VIEW_GAUGE, type ViewGauge } from '../../platform/http/view-gauge.port.js';
import { NotSent, post } from '../../platform/outgoing/post.js';
import { signedHeaders } from '../../platform/outgoing/signature.js';
import { PermanentFailure } from '../../platform/reactor/failures.js';
import { ViewsUnavailable } from '../../platform/read-model/read-model.port.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { type TrailCatalogue, typeOf } from '../trail/catalogue.js';
import { RecordsInSight } from '../trail/records.service.js';
import type { TrailItem } from '../trail/trail-item.js';
import { TrailPresenter } from '../trail/trail.presenter.js';
import { TRAIL_CATALOGUE } from '../trail/trail.tokens.js';
import type { Undelivered } from './dead-letter.js';
import { isLive, type LiveWebhook, type PauseReason, secretsOf, signingAt, webhooks } from './webhook.js';
import { WebhookEyes } from './webhook.eyes.service.js';
import { WEBHOOK_TUNING, type WebhookTuning } from './webhook.tokens.js';

/** What came of one attempt. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** Not for this webhook: another type, or beyond what its maker may see. */
  | { readonly kind: 'passed-over' }
  /** Nothing can be sent any more. */
  | { readonly kind: 'ended'; readonly reason: PauseReason | undefined }
  /** `error` is made of our words and codes. */
  | { readonly kind: 'failed'; readonly error: string };

/** How long an event waits for the views that say what it is about, before that counts as an outage. */
const VIEWS_MS = 5000;
/** By this a receiver says that it wants no more (410 Gone, as Standard Webhooks has it). */
const GONE = 410;

/**
 * One attempt to send one event to one webhook: whether it still may, what its maker may see of the event now, signed, and
 * posted. It decides everything anew each time.
 */
@Injectable()
export class WebhookPost {
  constructor(
    private readonly states: StateCache,
    private readonly eyes: WebhookEyes,
    private readonly records: RecordsInSight,
    private readonly presenter: TrailPresenter,
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(CODEC) private readonly codec: Codec,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(VIEW_GAUGE) private readonly views: ViewGauge,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WEBHOOK_TUNING) private readonly tuning: WebhookTuning,
  ) {}

  /** @throws What the stores throw that are away; the signal's reason when aborted */
  async attempt(organisation: string, id: string, event: Undelivered, signal: AbortSignal): Promise<Outcome> {
    const { state } = await this.states.load(webhooks, organisation, id);
    if (!isLive(state) || state.status === 'paused') return { kind: 'ended', reason: undefined };
    const { url, types } = state.settings;
    if (types?.includes(event.type) === false) return { kind: 'passed-over' };
    const stored = await this.read(event);
    // Before the rights are asked, so that nothing is between them and the sending that takes time.
    if (!(await this.views.waitFor('trail', stored.position, VIEWS_MS)))
      throw new ViewsUnavailable('The views do not reflect the event yet');
    const secrets = await this.secretsFor(id, state);
    const eyes = await this.eyes.of(organisation, state, stored);
    if ('lost' in eyes) return { kind: 'ended', reason: eyes.lost };
    const item = await this.itemFor(eyes.context, stored);
    if (item === undefined) return { kind: 'passed-over' };
    return this.send(url, secrets, item, signal);
  }

  private async send(url: string, secrets: readonly string[], item: TrailItem, signal: AbortSignal): Promise<Outcome> {
    const body = JSON.stringify(item);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Countersign-Webhooks/1',
      ...signedHeaders(secrets, { id: item.eventId, at: this.clock(), body }),
    };
    try {
      const status = await post({ url, headers, body, signal }, this.tuning);
      if (status >= 200 && status < 300) return { kind: 'delivered' };
      if (status === GONE) return { kind: 'ended', reason: 'receiver-gone' };
      const error =
        status >= 300 && status < 400 ? `answered ${status}: redirects are not followed` : `answered ${status}`;
      return { kind: 'failed', error };
    } catch (error) {
      if (error instanceof NotSent) return { kind: 'failed', error: error.message };
      throw error;
    }
  }

  /** Undefined where the event is about a record that the maker's permission to read the trail does not reach. */
  private async itemFor(context: RequestContext, stored: StoredEvent): Promise<TrailItem | undefined> {
    const record = typeOf(this.catalogue, stored.type).record(this.codec.openWithoutPersonal(stored));
    const within = await this.records.within(context, [record]);
    if (!within(record)) return undefined;
    return (await this.presenter.present(context, [{ stored, record }]))[0];
  }

  private async read({ id, stream, revision }: Undelivered): Promise<StoredEvent> {
    for await (const event of this.store.readStream(stream, { from: revision, limit: 1 }))
      if (event.id === id) return event;
    throw new StoreUnavailable(`Event ${id} cannot be read`);
  }

  private async secretsFor(id: string, state: LiveWebhook): Promise<readonly string[]> {
    const versions = signingAt(state, new Date(this.clock()).toISOString());
    const secrets = await Promise.all(versions.map((version) => this.vault.credential(secretsOf(id), version)));
    const found = secrets.filter((secret) => secret !== undefined);
    if (found.length === 0) throw new PermanentFailure('the secret is missing: rotate it');
    return found;
  }
}
