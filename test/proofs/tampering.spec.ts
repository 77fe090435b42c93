import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { EventStore } from '../../src/platform/event-store/event-store.port.js';
import { openReader, openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { newId } from '../../src/platform/random.js';
import { originOf } from '../../src/platform/proofs/checkpoint.js';
import { Notary, type SignedHead } from '../../src/platform/proofs/notary.js';
import { signerOf, verifierKeyOf, publicKeyIn } from '../../src/platform/proofs/note.js';
import { currentSeed, rotateSigningKey } from '../../src/platform/proofs/signing-key.js';
import { openKnownTrees, openTreeWriter, treeFile } from '../../src/platform/proofs/sqlite/tree-file.js';
import { type StoreOptions, StoreRejected, verifyStore } from '../../src/platform/proofs/verify-store.js';

const ORGANISATION = '01999999-9999-7999-8999-999999999999';
const OTHER = '01999999-9999-7999-8999-000000000000';
const NOW = Date.UTC(2026, 2, 1);
/** A vault whose secrets follow from their names. */
const vault = { secret: (name: string) => Promise.resolve(createHash('sha256').update(name).digest()) };

/** A log of two organisations as a server writes it, small, and what its notary has folded. */
class SmallLog {
  readonly ids: string[] = [];
  private store!: EventStore;

  constructor(readonly folder: string) {}

  async open(): Promise<void> {
    this.store = await openSqliteEventStore({ folder: this.folder, clock: () => NOW });
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** Events of an organisation, two a stream; their ids are kept for those of `ORGANISATION`. */
  async write(organisation: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const id = newId(NOW);
      if (organisation === ORGANISATION) this.ids.push(id);
      const revision = i % 2;
      const stream = `thing-${organisation}/${revision === 0 ? id : this.last(organisation)}`;
      if (revision === 0) this.lasts.set(organisation, id);
      await this.store.append(stream, revision === 0 ? 'no-stream' : 0, [
        {
          id,
          type: 'ThingChanged',
          schemaVersion: 1,
          data: { amount: this.ids.length },
          metadata: {
            organisation,
            actor: { kind: 'user', id: 'ann' },
            command: 'Change',
            correlationId: 'c',
            requestId: 'r',
          },
        },
      ]);
    }
  }

  /** A checkpoint over everything of an organisation, as the notary makes it. */
  async sign(organisation: string): Promise<SignedHead> {
    const seed = await currentSeed(this.store, vault);
    const trees = openTreeWriter(this.folder);
    try {
      const notary = new Notary(trees, seed);
      for await (const batch of this.store.readAll({ after: trees.position })) notary.take(batch);
      const head = notary.at(organisation, trees.head(organisation).size);
      const id = newId(NOW);
      await this.store.append(`checkpoint-${organisation}`, 'any', [
        {
          id,
          type: 'CheckpointSigned',
          schemaVersion: 1,
          data: { size: head.size, root: Buffer.from(head.root).toString('base64'), note: head.note },
          metadata: { actor: { kind: 'system', id: 'notary' }, command: 'Sign', correlationId: id, requestId: id },
        },
      ]);
      for await (const batch of this.store.readAll({ after: trees.position })) notary.take(batch);
      return head;
    } finally {
      trees.close();
    }
  }

  rotate(): Promise<number> {
    return rotateSigningKey(this.store, vault);
  }

  private readonly lasts = new Map<string, string>();
  private last(organisation: string): string {
    return this.lasts.get(organisation)!;
  }
}

describe('the log itself', () => {
  let folder: string;
  let log: SmallLog;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-verify-'));
    log = new SmallLog(folder);
    await log.open();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** 20 events of the organisation with checkpoints over 8, 16 and 20, another one's in between. */
  async function written(): Promise<SignedHead[]> {
    const heads: SignedHead[] = [];
    for (const count of [8, 8, 4]) {
      await log.write(ORGANISATION, count);
      await log.write(OTHER, 2);
      heads.push(await log.sign(ORGANISATION));
      await log.sign(OTHER);
    }
    return heads;
  }

  async function verify(options: StoreOptions = {}): Promise<string> {
    const reader = openReader(folder);
    const known = openKnownTrees(folder);
    try {
      const { events, organisations, checkpoints, unsigned, against } = await verifyStore(reader, {
        known,
        ...options,
      });
      return `${events} ${organisations} ${checkpoints} ${unsigned} ${against}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      known?.close();
      await reader.close();
    }
  }

  /** What is said with and without what the node remembers. */
  async function verdicts(): Promise<{ readonly named: string; readonly alone: string }> {
    const named = await verify();
    return { named, alone: await verify({ known: undefined }) };
  }

  function tamper(change: (db: Database.Database) => void): void {
    const db = new Database(join(folder, 'events.db'));
    change(db);
    db.close();
  }

  const positionOf = (db: Database.Database, id: string): number =>
    db.prepare('SELECT position FROM events WHERE id = ?').pluck().get(id) as number;

  /** Takes an event out without a trace: positions, and revisions of its stream, close the gap. */
  function takeOut(db: Database.Database, id: string): void {
    const { position, stream, revision } = db.prepare('SELECT * FROM events WHERE id = ?').get(id) as Record<
      string,
      number
    >;
    db.prepare('DELETE FROM events WHERE id = ?').run(id);
    const later = db.prepare('SELECT position FROM events WHERE position > ? ORDER BY position').pluck().all(position);
    for (const at of later) db.prepare('UPDATE events SET position = position - 1 WHERE position = ?').run(at);
    const behind = db
      .prepare('SELECT position FROM events WHERE stream = ? AND revision > ? ORDER BY revision')
      .pluck()
      .all(stream, revision);
    for (const at of behind) db.prepare('UPDATE events SET revision = revision - 1 WHERE position = ?').run(at);
  }

  it('is found right, whatever the node remembers', async () => {
    await written();
    await log.write(ORGANISATION, 3);
    await log.close();
    expect(await verdicts()).toEqual({ named: '36 2 6 3 0', alone: '36 2 6 3 0' });
  });

  it('is found right while it grows, and where nothing was signed yet', async () => {
    expect(await verify()).toBe('0 0 0 0 0');
    await log.write(ORGANISATION, 3);
    expect(await verify()).toBe('3 1 0 3 0');
    await written();
    expect(await verify()).toMatch(/^36 2 6 0 0$/);
    await log.close();
  });

  const edits: readonly (readonly [string, string])[] = [
    ['what it says', `body = replace(body, '"amount":10', '"amount":1')`],
    ['who did it', `body = replace(body, '"ann"', '"bob"')`],
    ['when', 'recorded_at = recorded_at - 86400000'],
    ['its version', 'schema_version = 2'],
  ];
  it.each(edits)('shows the event in which somebody changed %s', async (_, change) => {
    await written();
    await log.close();
    tamper((db) => expect(db.prepare(`UPDATE events SET ${change} WHERE id = ?`).run(log.ids[9]).changes).toBe(1));
    const { named, alone } = await verdicts();
    expect(named).toBe(`event ${log.ids[9]!} was changed (number 10 of organisation ${ORGANISATION})`);
    expect(alone).toMatch(
      new RegExp(`^one of the events number 9 to 16 of organisation ${ORGANISATION} is not what was`),
    );
  });

  it('shows an event that was hidden from the tree', async () => {
    await written();
    await log.close();
    tamper((db) =>
      db.prepare(`UPDATE events SET body = replace(body, ?, ?) WHERE id = ?`).run(ORGANISATION, OTHER, log.ids[9]),
    );
    const { named, alone } = await verdicts();
    expect(named).toContain(log.ids[9]!);
    expect(alone).toMatch(/is not what was signed|stand before it/);
  });

  it('shows where an event was deleted', async () => {
    await written();
    await log.close();
    tamper((db) => {
      // The last event of its stream, so that no revision tells.
      takeOut(db, log.ids[9]!);
    });
    const { named, alone } = await verdicts();
    expect(named).toBe(
      `event ${log.ids[9]!} is gone from its place, where event ${log.ids[10]!} stands now (number 10 of organisation ${ORGANISATION})`,
    );
    expect(alone).toMatch(/^checkpoint \S+ is over 16 events, 15 stand before it$/);
  });

  it('shows a gap that a deletion has left', async () => {
    await written();
    await log.close();
    tamper((db) => {
      const position = positionOf(db, log.ids[9]!);
      db.prepare('DELETE FROM events WHERE position = ?').run(position);
    });
    const { named, alone } = await verdicts();
    for (const said of [named, alone]) expect(said).toMatch(/events are missing after position/);
  });

  it('shows a revision that is missing from a stream', async () => {
    await written();
    await log.close();
    tamper((db) => {
      const first = log.ids[8]!;
      const stream = db.prepare('SELECT stream FROM events WHERE id = ?').pluck().get(first);
      takeOut(db, first);
      db.prepare('UPDATE events SET revision = 1 WHERE stream = ?').run(stream);
    });
    const { named } = await verdicts();
    expect(named).toMatch(new RegExp(`^event ${log.ids[9]!} has revision 1 of its stream where 0 should be`));
  });

  it('shows two events that were swapped', async () => {
    await written();
    await log.close();
    const [one, other] = [log.ids[8]!, log.ids[12]!];
    tamper((db) => {
      const [first, second] = [positionOf(db, one), positionOf(db, other)];
      const move = db.prepare('UPDATE events SET position = ? WHERE position = ?');
      move.run(-1, first);
      move.run(first, second);
      move.run(second, -1);
    });
    const { named, alone } = await verdicts();
    expect(named).toMatch(/^event \S+ has revision 1 of its stream|is gone from its place/);
    expect(alone).not.toMatch(/^\d/);
  });

  it('shows two contents that were swapped between events', async () => {
    await written();
    await log.close();
    tamper((db) => {
      const bodyOf = (id: string) => db.prepare('SELECT body FROM events WHERE id = ?').pluck().get(id);
      const [one, other] = [bodyOf(log.ids[8]!), bodyOf(log.ids[12]!)];
      db.prepare('UPDATE events SET body = ? WHERE id = ?').run(other, log.ids[8]);
      db.prepare('UPDATE events SET body = ? WHERE id = ?').run(one, log.ids[12]);
    });
    const { named, alone } = await verdicts();
    expect(named).toBe(`event ${log.ids[8]!} was changed (number 9 of organisation ${ORGANISATION})`);
    expect(alone).toMatch(/events number 9 to 16 .* is not what was signed/);
  });

  it('shows an event that was taken out and put in again at the end', async () => {
    await written();
    await log.close();
    tamper((db) => {
      const row = db.prepare('SELECT * FROM events WHERE id = ?').get(log.ids[9]) as Record<string, unknown>;
      takeOut(db, log.ids[9]!);
      const end = (db.prepare('SELECT max(position) FROM events').pluck().get() as number) + 1;
      const columns = Object.keys(row);
      db.prepare(`INSERT INTO events (${columns.join()}) VALUES (${columns.map((name) => `@${name}`).join()})`).run({
        ...row,
        position: end,
      });
    });
    const { named, alone } = await verdicts();
    expect(named).toMatch(new RegExp(`^event ${log.ids[9]!} is gone from its place`));
    expect(alone).toMatch(/is over 16 events, 15 stand before it$/);
  });

  it('shows an event that was put in', async () => {
    await written();
    await log.close();
    tamper((db) => {
      // In the place of another organisation's event, which moves nobody.
      const foreign = db
        .prepare(
          `SELECT id FROM events WHERE body LIKE '%${OTHER}%' AND type = (SELECT key FROM types WHERE name = 'ThingChanged') LIMIT 1`,
        )
        .pluck()
        .get() as string;
      db.prepare('UPDATE events SET body = replace(body, ?, ?) WHERE id = ?').run(OTHER, ORGANISATION, foreign);
    });
    const { named, alone } = await verdicts();
    expect(named).not.toMatch(/^\d/);
    expect(alone).toMatch(/is not what was signed|stand before it/);
  });

  it('shows a checkpoint that was forged, with the key of somebody else or without', async () => {
    const [head] = await written();
    await log.close();
    const forger = signerOf(originOf(ORGANISATION), Buffer.alloc(32, 9));
    const forged = forger.sign({ origin: originOf(ORGANISATION), size: head!.size, root: head!.root });
    tamper((db) => {
      const body = db
        .prepare(`SELECT body FROM events WHERE body LIKE ? LIMIT 1`)
        .pluck()
        .get(`%${JSON.stringify(head!.note).slice(1, -1)}%`) as string;
      const changed = body.replace(JSON.stringify(head!.note), JSON.stringify(forged));
      db.prepare('UPDATE events SET body = ? WHERE body = ?').run(changed, body);
    });
    expect(await verify()).toMatch(/^checkpoint \S+ is not signed by this key$/);
  });

  it('shows an unsigned event that is not what the node has folded', async () => {
    await written();
    await log.write(ORGANISATION, 3);
    const trees = openTreeWriter(folder);
    const notary = new Notary(trees, await vault.secret('x'));
    const reader = openReader(folder);
    for await (const batch of reader.readAll({ after: trees.position })) notary.take(batch);
    await reader.close();
    trees.close();
    await log.close();
    tamper((db) => db.prepare(`UPDATE events SET recorded_at = 0 WHERE id = ?`).run(log.ids[21]));
    const { named, alone } = await verdicts();
    expect(named).toBe(`event ${log.ids[21]!} was changed (number 22 of organisation ${ORGANISATION})`);
    // Nobody else knows of it yet.
    expect(alone).toBe('36 2 6 3 0');
  });

  it('keeps what older keys have signed, and can be held to keys that one trusts', async () => {
    await written();
    expect(await log.rotate()).toBe(2);
    await log.write(ORGANISATION, 2);
    await log.sign(ORGANISATION);
    await log.close();
    expect(await verify()).toBe('37 2 7 0 0');
    const keys = await Promise.all(
      [1, 2].map(async (generation) => {
        const { verifierKey } = signerOf(originOf(ORGANISATION), await vault.secret(`audit-signing-${generation}`));
        return publicKeyIn(verifierKey);
      }),
    );
    expect(await verify({ keys })).toBe('37 2 7 0 0');
    expect(await verify({ keys: keys.slice(0, 1) })).toMatch(/^checkpoint \S+ is not signed by this key$/);
    expect(verifierKeyOf('x', keys[0]!)).toContain('x+');
  });

  describe('whose tail was cut', () => {
    /** Removes everything behind the second checkpoint. */
    function cut(): void {
      tamper((db) => {
        const position = positionOf(db, log.ids[16]!);
        db.prepare('DELETE FROM events WHERE position >= ?').run(position);
      });
    }

    it('is found short by what the node remembers', async () => {
      await written();
      await log.close();
      cut();
      const { named, alone } = await verdicts();
      expect(named).toBe('the log ends before events that this node has folded once: its end was cut off');
      // Nothing that is left says that there was more.
      expect(alone).toMatch(/^\d+ 2 4 0 0$/);
    });

    it('and signed anew is told by a witness only', async () => {
      const heads = await written();
      await log.close();
      cut();
      await rm(treeFile(folder));
      await log.open();
      await log.write(ORGANISATION, 4);
      await log.sign(ORGANISATION);
      await log.close();
      expect(await verify()).toMatch(/^\d+ 2 5 0 0$/);
      const witnessed = heads.map(({ note }) => note).join('\n');
      expect(await verify({ against: witnessed })).toMatch(
        new RegExp(`the first 20 events of organisation ${ORGANISATION} are not those that a witness has seen`),
      );
      expect(await verify({ against: heads[1]!.note })).toMatch(/ 1$/);
    });

    it('and left short is found by a witness', async () => {
      const heads = await written();
      await log.close();
      cut();
      await rm(treeFile(folder));
      expect(await verify({ against: heads[2]!.note })).toBe(
        `organisation ${ORGANISATION} has 16 events, a witness has seen 20: the end was cut off`,
      );
    });

    it('and signed in two ways is told by the witness alone', async () => {
      const heads = await written();
      const { note } = heads[2]!;
      const other = signerOf(originOf(ORGANISATION), await vault.secret('audit-signing-1'));
      const second = other.sign({ origin: originOf(ORGANISATION), size: 20, root: Buffer.alloc(32, 1) });
      await log.close();
      expect(await verify({ against: `${note}\n${second}` })).toMatch(/^a witness has seen two histories of 20 events/);
    });
  });

  it('is rejected with an error of its own kind', async () => {
    await written();
    await log.close();
    tamper((db) => db.prepare('UPDATE events SET recorded_at = 0 WHERE id = ?').run(log.ids[0]));
    const reader = openReader(folder);
    await expect(verifyStore(reader)).rejects.toBeInstanceOf(StoreRejected);
    await reader.close();
  });
});
