import type { Collection } from 'mongodb';
import { type RebuildRequest, type RebuildRequests, ViewsUnavailable } from '../read-model.port.js';
import { Connection, insertedAlone, type MongoOptions } from './connection.js';

/** Finished requests that stay to be looked at. */
const KEPT = 100;

interface Stored {
  readonly _id: number;
  readonly view: string | null;
  readonly state: RebuildRequest['state'];
  readonly folded: number;
  readonly target: number;
  readonly message: string | null;
}

const SAFE = { writeConcern: { w: 'majority' } } as const;

/** Rebuilds asked for from any node, in the database of views. */
export class MongoRebuildRequests implements RebuildRequests {
  private readonly connection: Connection;
  private readonly requests: Collection<Stored>;

  constructor(options: MongoOptions) {
    this.connection = new Connection(
      options,
      'The database of views',
      (message, cause) => new ViewsUnavailable(message, { cause }),
    );
    this.requests = this.connection.db.collection('rebuild-requests');
  }

  async add(view: string | undefined): Promise<RebuildRequest> {
    return this.connection.operation(async () => {
      for (;;) {
        const [last] = await this.connection.call(() =>
          this.requests.find({}, { sort: { _id: -1 }, limit: 1 }).toArray(),
        );
        const added: Stored = {
          _id: (last?._id ?? 0) + 1,
          view: view ?? null,
          state: 'requested',
          folded: 0,
          target: 0,
          message: null,
        };
        if (!(await this.connection.call(() => insertedAlone(() => this.requests.insertOne(added, SAFE))))) continue;
        await this.forget(added._id - KEPT);
        return requestOf(added);
      }
    });
  }

  async pending(): Promise<readonly RebuildRequest[]> {
    return this.connection.operation(async () => {
      const open = { state: { $in: ['requested', 'running'] as RebuildRequest['state'][] } };
      const found = await this.connection.call(() => this.requests.find(open, { sort: { _id: 1 } }).toArray());
      return found.map(requestOf);
    });
  }

  async update({ id, state, folded, target, message }: RebuildRequest): Promise<void> {
    const $set = { state, folded, target, message: message ?? null };
    await this.connection.operation(() =>
      this.connection.call(() => this.requests.updateOne({ _id: id }, { $set }, SAFE)),
    );
  }

  /** One request; undefined where there is none of that id (any more). */
  async find(id: number): Promise<RebuildRequest | undefined> {
    const found = await this.connection.operation(() => this.connection.call(() => this.requests.findOne({ _id: id })));
    return found === null ? undefined : requestOf(found);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async forget(upTo: number): Promise<void> {
    if (upTo < 1) return;
    const over = { _id: { $lte: upTo }, state: { $in: ['done', 'failed'] as RebuildRequest['state'][] } };
    const found = await this.connection.call(() => this.requests.find(over, { projection: { _id: 1 } }).toArray());
    if (found.length === 0) return;
    const deletes = found.map(({ _id }) => ({ deleteOne: { filter: { _id } } }));
    await this.connection.call(() => this.requests.bulkWrite(deletes, { ordered: false }));
  }
}

const requestOf = ({ _id, view, state, folded, target, message }: Stored): RebuildRequest => ({
  id: _id,
  view: view ?? undefined,
  state,
  folded,
  target,
  message: message ?? undefined,
});
