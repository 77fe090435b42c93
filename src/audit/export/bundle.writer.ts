import { Inject, Injectable } from '@nestjs/common';
import type { Codec } from '../../platform/codec/codec.port.js';
import { part, PERSONAL } from '../../platform/codec/personal.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { CODEC } from '../../platform/commands/tokens.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import { BUNDLE_FORMAT, type BundleLine, type ShownEvent } from '../../platform/proofs/bundle.js';
import { leafText } from '../../platform/proofs/canonical.js';
import { originOf, SIGNING_KEYS, signingKeys } from '../../platform/proofs/checkpoint.js';
import { compactRangeOf, type Hash, leafHash, sameHash } from '../../platform/proofs/merkle.js';
import { NoteRejected, openNote, type VerifierKey, verifierKeyOf } from '../../platform/proofs/note.js';
import { TREES } from '../../platform/proofs/proofs.module.js';
import type { TreeReader } from '../../platform/proofs/trees.port.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import { VaultUnavailable } from '../../platform/vault/vault.port.js';
import { RecordsInSight } from '../trail/records.service.js';
import type { FoundEvent } from '../trail/trail.finder.js';
import type { Extract, ExportWriter } from './export.writer.js';

/** The trail as a bundle that can be verified offline (`countersign-bundle/1`). */
@Injectable()
export class BundleWriter implements ExportWriter {
  constructor(
    @Inject(TREES) private readonly trees: TreeReader,
    @Inject(CODEC) private readonly codec: Codec,
    private readonly states: StateCache,
    private readonly records: RecordsInSight,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async begin({ organisation, from, to, first, head }: Extract): Promise<string> {
    const publicKey = await this.keyOf(organisation, head.note);
    const header: BundleLine = { kind: 'header', format: BUNDLE_FORMAT, organisation, from, to, publicKey };
    if (from === null) return line(header);
    const { size, hashes } = compactRangeOf(first, this.trees.subtrees(organisation));
    return line(header) + line({ kind: 'range', size, hashes: hashes.map(text) });
  }

  async lines(context: RequestContext, found: readonly FoundEvent[], index: number): Promise<string> {
    const sightOf = await this.records.seen(
      context,
      found.map(({ record }) => record),
    );
    const readable = found.filter(({ record }) => sightOf(record).readable).map(({ stored }) => stored);
    const shown = await this.shown(readable);
    const subtrees = this.trees.subtrees(context.organisation);
    return found
      .map(({ stored }, offset) => {
        const at = index + offset;
        const leaf = Buffer.from(leafText(stored));
        const hash = leafHash(leaf);
        // What is handed out as proven was not altered since it was folded.
        if (!sameHash(hash, subtrees(0, at))) throw new Error(`The log and its proofs disagree at event ${stored.id}`);
        const event = shown.get(stored.id);
        return event === undefined
          ? line({ kind: 'event', index: at, leafHash: text(hash) })
          : line({ kind: 'event', index: at, leaf: leaf.toString('base64'), event });
      })
      .join('');
  }

  end({ head }: Extract): string {
    return line({ kind: 'checkpoint', note: head.note });
  }

  /** The verifier key that opens a note: a newer one may have been introduced a moment ago. */
  private async keyOf(organisation: string, note: string): Promise<VerifierKey> {
    const { state } = await this.states.load(signingKeys, '', SIGNING_KEYS);
    for (const { publicKey } of state.toReversed()) {
      const key = verifierKeyOf(originOf(organisation), Buffer.from(publicKey, 'base64'));
      try {
        openNote(note, key);
        return key;
      } catch (error) {
        if (!(error instanceof NoteRejected)) throw error;
      }
    }
    throw new Error('A checkpoint was signed by a key that is not in the log');
  }

  /** Events as their leaves say them, with personal fields in plain text, by id. */
  private async shown(stored: readonly StoredEvent[]): Promise<ReadonlyMap<string, ShownEvent>> {
    const data = await this.codec
      .openAsStored(stored)
      .catch(() => Promise.all(stored.map((event) => this.openAlone(event))));
    const sources = new Map<string, Promise<unknown>>();
    return new Map(
      await Promise.all(
        stored.map(async (event, index) => {
          const { id, type, stream, revision, recordedAt, schemaVersion, metadata } = event;
          const { source: sealed, ...rest } = metadata;
          const source = sealed === undefined ? undefined : await this.sourceOf(event, sealed, sources);
          const shown: ShownEvent = {
            ...{ id, type, stream, revision, recordedAt, schemaVersion, data: data[index]! },
            metadata: source === undefined ? rest : { ...rest, source },
          };
          return [id, shown] as const;
        }),
      ),
    );
  }

  /** Personal fields that do not open are left out; the leaf still proves what stands in the log. */
  private async openAlone(event: StoredEvent): Promise<object> {
    try {
      return (await this.codec.openAsStored([event]))[0]!;
    } catch (error) {
      this.tell(event, error);
      return part(event.data, [PERSONAL]).rest;
    }
  }

  private sourceOf(event: StoredEvent, sealed: string, opened: Map<string, Promise<unknown>>): Promise<unknown> {
    const opening =
      opened.get(sealed) ??
      this.codec.openSource(event).catch((error: unknown) => {
        this.tell(event, error);
      });
    opened.set(sealed, opening);
    return opening;
  }

  /** A vault that is away says nothing about the event. */
  private tell({ id, type }: StoredEvent, error: unknown): void {
    if (error instanceof VaultUnavailable) throw error;
    const reason = error instanceof Error ? error.name : typeof error;
    this.log.error({ eventId: id, type, reason }, 'an export cannot read the personal fields of an event');
  }
}

const line = (content: BundleLine): string => `${JSON.stringify(content)}\n`;
const text = (hash: Hash): string => Buffer.from(hash).toString('base64');
