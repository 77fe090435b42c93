import { Injectable } from '@nestjs/common';
import type { RecordFacts } from '../../kernel/decider.js';

/** What may be told of a record to whoever may read it. */
export interface RecordDescription {
  /** Short text for people: `Invoice 1042`. */
  readonly label: string;
  readonly facts: RecordFacts;
}

/** One kind of record, as those need it who show records of all kinds (the trail, replays, exports). */
export interface RecordKind {
  /** The kind as the event catalogues say it: `invoice`. */
  readonly kind: string;
  /** The permission to read such a record. */
  readonly readPermission: string;
  /** Descriptions of the records that exist. */
  describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>>;
  /** Ids of people (data subjects) of this kind whose own documents match the words; at most `limit`. */
  findPeople?(organisation: string, words: string, limit: number): Promise<readonly string[]>;
}

/**
 * Descriptions of those records that have a document and are the organisation's. `documents` are in the order of the ids,
 * as a view answers them.
 */
export function descriptionsOf<Doc extends { readonly organisation: string }>(
  organisation: string,
  ids: readonly string[],
  documents: readonly (Doc | null)[],
  describe: (document: Doc) => RecordDescription,
): ReadonlyMap<string, RecordDescription> {
  return new Map(
    documents.flatMap((document, index) =>
      document?.organisation === organisation ? [[ids[index]!, describe(document)]] : [],
    ),
  );
}

/** Features register their kinds of records here when their module starts. */
@Injectable()
export class RecordKinds {
  private readonly kinds = new Map<string, RecordKind>();

  register(kind: RecordKind): void {
    if (this.kinds.has(kind.kind)) throw new Error(`The kind of record "${kind.kind}" is registered twice`);
    this.kinds.set(kind.kind, kind);
  }

  of(kind: string): RecordKind | undefined {
    return this.kinds.get(kind);
  }

  all(): Iterable<RecordKind> {
    return this.kinds.values();
  }
}
