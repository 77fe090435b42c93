import type Database from 'better-sqlite3';
import type { RebuildRequest, RebuildRequests } from '../read-model.port.js';
import { openForWriting } from './database.js';

/** Finished requests that stay to be looked at. */
const KEPT = 100;

type Row = { readonly [K in keyof RebuildRequest]: Exclude<RebuildRequest[K], undefined> | null } & {
  readonly id: number;
};

/** Rebuilds asked for in `views.db`: the projector's and the command line's side, each on a connection of its own. */
export class SqliteRebuildRequests implements RebuildRequests {
  private readonly db: Database.Database;
  private readonly insert: Database.Statement<[string | null], Row>;
  private readonly open: Database.Statement<[], Row>;
  private readonly byId: Database.Statement<[number], Row>;
  private readonly change: Database.Statement<[string, number, number, string | null, number]>;

  constructor(folder: string, options?: { readonly beside: boolean }) {
    this.db = openForWriting(folder, options);
    this.insert = this.db.prepare("INSERT INTO rebuild_requests (view, state) VALUES (?, 'requested') RETURNING *");
    this.open = this.db.prepare("SELECT * FROM rebuild_requests WHERE state IN ('requested', 'running') ORDER BY id");
    this.byId = this.db.prepare('SELECT * FROM rebuild_requests WHERE id = ?');
    this.change = this.db.prepare(
      'UPDATE rebuild_requests SET state = ?, folded = ?, target = ?, message = ? WHERE id = ?',
    );
  }

  async add(view: string | undefined): Promise<RebuildRequest> {
    const added = this.insert.get(view ?? null)!;
    this.db
      .prepare<[number]>("DELETE FROM rebuild_requests WHERE state IN ('done', 'failed') AND id <= ?")
      .run(added.id - KEPT);
    return requestOf(added);
  }

  async pending(): Promise<readonly RebuildRequest[]> {
    return this.open.all().map(requestOf);
  }

  async update({ id, state, folded, target, message }: RebuildRequest): Promise<void> {
    this.change.run(state, folded, target, message ?? null, id);
  }

  /** One request; undefined where there is none of that id (any more). */
  async find(id: number): Promise<RebuildRequest | undefined> {
    const row = this.byId.get(id);
    return row === undefined ? undefined : requestOf(row);
  }

  async close(): Promise<void> {
    this.db.close();
  }
}

const requestOf = ({ id, view, state, folded, target, message }: Row): RebuildRequest => ({
  id,
  view: view ?? undefined,
  state: state!,
  folded: folded!,
  target: target!,
  message: message ?? undefined,
});

/** Asks the projector that runs on this data folder, in whatever process, for a rebuild of a view or of all. */
export async function requestRebuild(folder: string, view?: string): Promise<RebuildRequest> {
  return using(folder, (requests) => requests.add(view));
}

/** How far a request is. */
export async function rebuildProgress(folder: string, id: number): Promise<RebuildRequest | undefined> {
  return using(folder, (requests) => requests.find(id));
}

async function using<T>(folder: string, work: (requests: SqliteRebuildRequests) => Promise<T>): Promise<T> {
  const requests = new SqliteRebuildRequests(folder, { beside: true });
  try {
    return await work(requests);
  } finally {
    await requests.close();
  }
}
