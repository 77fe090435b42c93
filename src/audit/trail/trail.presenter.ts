import { Inject, Injectable } from '@nestjs/common';
import type { Recorded, Source } from '../../kernel/event.js';
import { PEOPLE, type PeopleDirectory } from '../../access/contract.js';
import { type Codec, ERASED } from '../../platform/codec/codec.port.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { CODEC } from '../../platform/commands/tokens.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import { Seal } from '../../platform/http/seal.js';
import { type TrailCatalogue, typeOf } from './catalogue.js';
import { RecordsInSight } from './records.service.js';
import { contentOf } from './redaction.js';
import { itemOf, type TrailItem } from './trail-item.js';
import { TRAIL_CATALOGUE } from './trail.tokens.js';
import { personBehind } from './trail.view.js';

/** Puts together what a reader of the trail is shown of events, with the reader's own eyes and today's names. */
@Injectable()
export class TrailPresenter {
  constructor(
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(CODEC) private readonly codec: Codec,
    @Inject(PEOPLE) private readonly people: PeopleDirectory,
    private readonly records: RecordsInSight,
    private readonly seal: Seal,
  ) {}

  /** In the order of the events, which are all of the request's organisation. */
  async present(context: RequestContext, stored: readonly StoredEvent[]): Promise<readonly TrailItem[]> {
    const bare = stored.map((event) => this.codec.openWithoutPersonal(event));
    const refs = bare.map((event) => typeOf(this.catalogue, event.type).record(event));
    const [sightOf, names, sources] = await Promise.all([
      this.records.seen(context, refs),
      this.namesIn(context.organisation, bare),
      this.sourcesOf(stored),
    ]);
    // Personal fields are opened only for those who will see them.
    const sights = refs.map(sightOf);
    const opened = await this.codec.open(stored.filter((_, index) => sights[index]!.readable));
    const readable = new Map(opened.map((event) => [event.id, event]));
    return bare.map((one, index) => {
      const event = readable.get(one.id) ?? one;
      const [record, sight] = [refs[index]!, sights[index]!];
      return itemOf(event, {
        record,
        content: contentOf(event, typeOf(this.catalogue, event.type), record.kind, sight),
        position: this.seal.position(event.position),
        names,
        source: sources[index],
      });
    });
  }

  /** One person's requests come from one place for a long time, and bear one ciphertext: each is opened once. */
  private sourcesOf(stored: readonly StoredEvent[]): Promise<readonly (Source | 'erased' | undefined)[]> {
    const opened = new Map<string, Promise<Source | 'erased' | undefined>>();
    return Promise.all(
      stored.map(async (event) => {
        const { source } = event.metadata;
        if (source === undefined) return undefined;
        const opening = opened.get(source) ?? this.codec.openSource(event);
        opened.set(source, opening);
        return opening;
      }),
    );
  }

  private async namesIn(organisation: string, events: readonly Recorded[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Set(events.map(({ metadata }) => personBehind(metadata.actor)));
    const names = await this.people.namesOf(organisation, [...ids]);
    return new Map([...names].map(([id, { firstName, lastName }]) => [id, nameOf(firstName, lastName)]));
  }
}

const nameOf = (firstName: string, lastName: string): string =>
  firstName === ERASED && lastName === ERASED ? ERASED : `${firstName} ${lastName}`.trim();
