import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { ViewDefinition } from '../../kernel/view.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import { TREES } from '../../platform/proofs/proofs.module.js';
import type { TreeReader } from '../../platform/proofs/trees.port.js';
import { type ReadModel, ViewNotReady } from '../../platform/read-model/read-model.port.js';
import type { TrailCatalogue } from '../trail/catalogue.js';
import type { EventPlace } from '../trail/events.reader.js';
import { TRAIL_CATALOGUE } from '../trail/trail.tokens.js';
import { positionOf, type TrailEntry, trailOf } from '../trail/trail.view.js';

/** Where an event of an organisation stands in the log. */
export interface NotedEvent extends EventPlace {
  readonly organisation: string;
  readonly position: string;
}

/** Leaves that are looked up together. */
const BATCH = 50;

/**
 * An organisation's events in log order, found by the leaves of its tree: at the price of what it has itself, however large
 * the log around it is. The trees tell the order, the trail's view where each event stands.
 */
@Injectable()
export class TrailLeaves {
  private readonly view: ViewDefinition<TrailEntry>;

  constructor(
    @Inject(TRAIL_CATALOGUE) catalogue: TrailCatalogue,
    @Inject(TREES) private readonly trees: Pick<TreeReader, 'position' | 'size' | 'events'>,
    @Inject(READ_MODEL) private readonly model: Pick<ReadModel, 'getMany'>,
  ) {
    this.view = trailOf(catalogue);
  }

  /**
   * Those behind a position, in batches, as far as trees and view know them. Returns the position up to which all of them were
   * handed out, `head` at most: what is newer stands in the log only. Others have a turn after each batch.
   */
  async *behind(
    organisation: string,
    after: string,
    { head, signal }: { readonly head: string; readonly signal: AbortSignal },
  ): AsyncGenerator<readonly NotedEvent[], string, undefined> {
    // Read first: every event up to there is a leaf of what is read below.
    const whole = lowest(this.trees.position ?? '', head);
    let reached = after;
    try {
      for (let index = await this.firstBehind(organisation, after); !signal.aborted;) {
        const ids = this.trees.events(organisation, index, BATCH);
        if (ids.length === 0) return whole > reached ? whole : reached;
        const known = await this.places(organisation, ids);
        const batch = known.filter(({ position }) => position > after);
        reached = batch.at(-1)?.position ?? reached;
        if (batch.length > 0) yield batch;
        // The view is behind the trees.
        if (known.length < ids.length) return reached;
        index += ids.length;
        await nextTurn();
      }
    } catch (error) {
      if (!(error instanceof ViewNotReady)) throw error;
    }
    return reached;
  }

  /** Index of the first leaf behind a position: leaves stand in the order of the log. One that the view does not know is new. */
  private async firstBehind(organisation: string, after: string): Promise<number> {
    let [low, high] = [0, after === '' ? 0 : this.trees.size(organisation)];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [place] = await this.places(organisation, this.trees.events(organisation, middle, 1));
      if (place !== undefined && place.position <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** As far as the view knows them without a gap. */
  private async places(organisation: string, ids: readonly string[]): Promise<readonly NotedEvent[]> {
    const { value } = await this.model.getMany(this.view, ids);
    const known: NotedEvent[] = [];
    for (const [index, entry] of value.entries()) {
      if (entry?.organisation !== organisation) break;
      const { stream, revision, moment, kind, record } = entry;
      const position = positionOf(moment);
      known.push({ id: ids[index]!, stream, revision, position, organisation, record: { kind, id: record } });
    }
    return known;
  }
}

const lowest = (a: string, b: string): string => (a < b ? a : b);
