/** What goes between the thread that owns the writing connection and the one that asks it to write. */

/** Expected revisions on the wire; revisions themselves start at 0. */
export const NO_STREAM = -1;
export const ANY_REVISION = -2;

export interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  /** `{"data":…,"metadata":…}` */
  readonly body: string;
}

export interface WireAppend {
  readonly stream: string;
  readonly expected: number;
  /** When it was asked for, in milliseconds since 1970. */
  readonly at: number;
  readonly bytes: number;
  readonly events: readonly WireEvent[];
}

/** Of the last event: `revision, position, recordedAt`, the latter in milliseconds since 1970. */
export type Accepted = readonly [revision: number, position: number, recordedAt: number];

export type Refused =
  | { readonly refused: 'wrong-revision'; readonly actual: number }
  /** An id is in the log already, and not as a part of the same append. */
  | { readonly refused: 'id-taken' };

export type Answer = Accepted | Refused;

/** Appends as one flat array, which is several times cheaper to send between threads than objects in arrays. */
export type Packed = readonly (string | number)[];

export function pack(appends: readonly WireAppend[]): Packed {
  // Grown by push: V8 sends arrays that were made with a length, as by `map`, entry by entry with their indexes.
  const packed: (string | number)[] = [];
  for (const { stream, expected, at, bytes, events } of appends) {
    packed.push(stream, expected, at, bytes, events.length);
    for (const { id, type, schemaVersion, body } of events) packed.push(id, type, schemaVersion, body);
  }
  return packed;
}

export function unpack(packed: Packed): WireAppend[] {
  const appends: WireAppend[] = [];
  let next = 0;
  const text = (): string => packed[next++] as string;
  const number = (): number => packed[next++] as number;
  while (next < packed.length) {
    const append = { stream: text(), expected: number(), at: number(), bytes: number(), events: [] as WireEvent[] };
    for (let left = number(); left > 0; left--)
      append.events.push({ id: text(), type: text(), schemaVersion: number(), body: text() });
    appends.push(append);
  }
  return appends;
}

export type Request =
  | { readonly kind: 'append'; readonly packed: Packed }
  /** Finish what was sent before, close the connection, end the thread. */
  | { readonly kind: 'close' };

/** Answers come in the order of the appends that were sent. */
export type Report =
  | { readonly kind: 'opened' }
  | { readonly kind: 'not-opened'; readonly unreadable: boolean; readonly message: string }
  | { readonly kind: 'committed'; readonly answers: readonly Answer[] }
  | {
      readonly kind: 'failed';
      readonly count: number;
      readonly written: 'nothing' | 'unknown';
      readonly reason: string;
    };

export interface WriterData {
  readonly file: string;
  readonly channel: string;
}
