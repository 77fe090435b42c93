import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { streamOf } from '../../kernel/decider.js';
import { invalid, notFound, Refusal } from '../../kernel/refusal.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { Seal } from '../../platform/http/seal.js';
import {
  type CheckpointSigned,
  checkpoints,
  originOf,
  SIGNING_KEYS,
  signingKeys,
} from '../../platform/proofs/checkpoint.js';
import { Checkpoints } from '../../platform/proofs/checkpoints.service.js';
import { consistencyProof, type Hash, inclusionProof, rootOf } from '../../platform/proofs/merkle.js';
import { verifierKeyOf } from '../../platform/proofs/note.js';
import { NotaryClient } from '../../platform/proofs/notary-client.js';
import { TREES } from '../../platform/proofs/proofs.module.js';
import type { TreeReader } from '../../platform/proofs/trees.port.js';
import { requireWhole } from './whole.js';

export class ListCheckpoints extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly page: PageQuery,
  ) {
    super(context);
  }
}

export class ProveInclusion extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly event: string,
    /** Number of leaves of the tree; that of the newest checkpoint by default. */
    readonly size: number | undefined,
  ) {
    super(context);
  }
}

export class ProveConsistency extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly from: number,
    readonly to: number | undefined,
  ) {
    super(context);
  }
}

const LIST = 'checkpoints';
/** How long a proof waits for its tree, in milliseconds: as long as a query for its view. */
const PATIENCE_MS = 2000;

/** Newest first: signed notes as they are in the log, and all keys that ever signed. */
@QueryHandler(ListCheckpoints)
export class ListCheckpointsHandler implements IQueryHandler<ListCheckpoints> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly states: StateCache,
    private readonly seal: Seal,
  ) {}

  async execute({ context, page: { limit, after } }: ListCheckpoints): Promise<QueryAnswer> {
    requireWhole(context.reach);
    const { organisation } = context;
    const before = after === undefined ? undefined : Number(this.seal.openCursor(after, LIST, organisation));
    if (Number.isNaN(before)) throw invalid('after', 'is not a cursor of this list');
    const items: { readonly id: string; readonly revision: number }[] = [];
    const options = { direction: 'backwards' as const, limit: limit + 1 };
    const from = before === undefined ? {} : { from: before - 1 };
    if (before === undefined || before > 0) {
      for await (const event of this.store.readStream(streamOf(checkpoints, '', organisation), {
        ...options,
        ...from,
      })) {
        const { size, root, note } = event.data as CheckpointSigned['data'];
        items.push({ id: event.id, revision: event.revision, ...{ size, root, note, signedAt: event.recordedAt } });
      }
    }
    const shown = items.slice(0, limit);
    const next = items.length > limit ? this.seal.cursor(String(shown.at(-1)!.revision), LIST, organisation) : null;
    const keys = (await this.states.load(signingKeys, '', SIGNING_KEYS)).state.map(
      ({ generation, publicKey, since }) => ({
        generation,
        verifierKey: verifierKeyOf(originOf(organisation), Buffer.from(publicKey, 'base64')),
        since,
      }),
    );
    const body = { items: shown.map(({ revision: _, ...item }) => item), next, keys };
    return new QueryAnswer(body, await this.store.head());
  }
}

@QueryHandler(ProveInclusion)
export class ProveInclusionHandler implements IQueryHandler<ProveInclusion> {
  constructor(
    @Inject(TREES) private readonly trees: TreeReader,
    private readonly notary: NotaryClient,
    private readonly checkpoints: Checkpoints,
  ) {}

  async execute({ context, event, size: asked }: ProveInclusion): Promise<QueryAnswer> {
    requireWhole(context.reach);
    const { organisation } = context;
    await reach(this.notary, context);
    const leaf = this.trees.leafOf(event);
    if (leaf?.organisation !== organisation) throw notFound();
    const size = asked ?? (await this.sizeOver(organisation, leaf.index));
    const subtrees = this.trees.subtrees(organisation);
    if (size > this.trees.size(organisation)) throw invalid('size', 'is larger than the tree is');
    if (size <= leaf.index) throw invalid('size', `must be at least ${leaf.index + 1}, to hold the event`);
    const body = {
      event,
      leafIndex: leaf.index,
      treeSize: size,
      leafHash: text(subtrees(0, leaf.index)),
      hashes: inclusionProof(leaf.index, size, subtrees).map(text),
      root: text(rootOf(size, subtrees)),
    };
    return new QueryAnswer(body, this.notary.position);
  }

  /** The newest checkpoint's size where that one holds the leaf, else the whole tree's. */
  private async sizeOver(organisation: string, index: number): Promise<number> {
    const signed = (await this.checkpoints.newest(organisation))?.size ?? 0;
    return signed > index ? Math.min(signed, this.trees.size(organisation)) : this.trees.size(organisation);
  }
}

@QueryHandler(ProveConsistency)
export class ProveConsistencyHandler implements IQueryHandler<ProveConsistency> {
  constructor(
    @Inject(TREES) private readonly trees: TreeReader,
    private readonly notary: NotaryClient,
  ) {}

  async execute({ context, from, to }: ProveConsistency): Promise<QueryAnswer> {
    requireWhole(context.reach);
    const { organisation } = context;
    await reach(this.notary, context);
    const whole = this.trees.size(organisation);
    const size = to ?? whole;
    if (size > whole) throw invalid('to', `must be at most ${whole}, the size of the tree`);
    if (from > size) throw invalid('from', `must be at most ${size}`);
    const subtrees = this.trees.subtrees(organisation);
    const body = {
      from,
      to: size,
      fromRoot: text(rootOf(from, subtrees)),
      toRoot: text(rootOf(size, subtrees)),
      hashes: consistencyProof(from, size, subtrees).map(text),
    };
    return new QueryAnswer(body, this.notary.position);
  }
}

const text = (hash: Hash): string => Buffer.from(hash).toString('base64');

/** @throws Refusal unavailable while the trees do not reflect what the request asks for */
async function reach(notary: NotaryClient, { atLeast }: RequestContext): Promise<void> {
  if (atLeast === undefined || (await notary.waitFor(atLeast, PATIENCE_MS))) return;
  throw new Refusal('unavailable', 'The proofs do not reflect the position asked for yet; try again', {
    retryAfter: 1,
  });
}
