import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { instant } from '../../platform/http/fields.js';
import { Seal } from '../../platform/http/seal.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import type { TrailCatalogue } from '../trail/catalogue.js';
import { TRAIL_CATALOGUE } from '../trail/trail.tokens.js';
import { type TrailEntry, trailOf } from '../trail/trail.view.js';
import type { StartOfRun } from './webhook.js';

const INSTANT = instant();

/** Finds the event with which a replay begins. It is named by its stream, which stays the same wherever the log is moved to. */
@Injectable()
export class WebhookStarts {
  constructor(
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly views: ViewReader,
    private readonly seal: Seal,
  ) {}

  /** Undefined where nothing was recorded since. @throws Refusal validation-failed */
  async find(context: RequestContext, from: string): Promise<StartOfRun | undefined> {
    if (INSTANT.check(from) === undefined) return this.atInstant(context, INSTANT.normalise!(from) as string);
    const position = this.seal.openPosition(from);
    if (position === undefined) throw invalid('from', 'must be an instant, or the position of an entry of the trail');
    return this.behind(context.organisation, position);
  }

  /** Behind the last event before the instant; without one, with the event that founded the organisation. */
  private async atInstant(context: RequestContext, at: string): Promise<StartOfRun> {
    const { organisation } = context;
    const { value } = await this.views.find<TrailEntry>(trailOf(this.catalogue), context, {
      where: [
        { field: 'organisation', eq: organisation },
        { field: 'moment', before: at },
      ],
      sort: 'newest',
      limit: 1,
    });
    const before = value.items[0]?.doc;
    if (before === undefined) return { stream: `organisation-${organisation}`, revision: 0, included: true };
    return { stream: before.stream, revision: before.revision, included: false };
  }

  /** With the organisation's first event behind the position. Others' events are not named in its log. */
  private async behind(organisation: string, position: string): Promise<StartOfRun | undefined> {
    for await (const { events } of this.store.readAll({ after: position })) {
      const first = events.find(({ metadata }) => metadata.organisation === organisation);
      if (first !== undefined) return { stream: first.stream, revision: first.revision, included: true };
    }
    return undefined;
  }
}
