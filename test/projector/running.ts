import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewDefinition } from '../../src/kernel/view.js';
import { type ProjectorOptions, runProjector } from '../../src/platform/projector/projector.js';
import type { ProjectorReport, ViewStatus } from '../../src/platform/projector/status.js';
import { SqliteReadModel } from '../../src/platform/read-model/sqlite/read-model.js';
import { SqliteRebuildRequests } from '../../src/platform/read-model/sqlite/rebuild-requests.js';
import { SqliteViewWriter } from '../../src/platform/read-model/sqlite/view-writer.js';
import { type NoteEvent, recorded } from '../contract/read-model/notes.js';
import { FedLog, PlainCodec } from '../support/fed-log.js';

/** A projector that runs until it is stopped. */
export interface Running {
  readonly reports: readonly ProjectorReport[];
  status(view: ViewDefinition): ViewStatus | undefined;
  /** Resolves when the condition holds, rejects after 10 s and where the projector ended by an error. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Resolves when the view is live and reflects the whole log. */
  live(...views: readonly ViewDefinition[]): Promise<void>;
  stop(): Promise<void>;
  /** Settles as the projector does. */
  readonly ended: Promise<void>;
}

/** A data folder with views, a log in memory, and the projectors that ran between them. */
export class Place {
  readonly codec = new PlainCodec();
  readonly model: SqliteReadModel;
  readonly writer: SqliteViewWriter;
  readonly requests: SqliteRebuildRequests;
  private readonly started: Running[] = [];

  private constructor(
    readonly folder: string,
    readonly log: FedLog,
  ) {
    this.model = new SqliteReadModel(folder);
    this.writer = new SqliteViewWriter(folder);
    this.requests = new SqliteRebuildRequests(folder);
  }

  static async make(log = new FedLog()): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), 'countersign-projector-')), log);
  }

  /** Adds events behind those that are there. */
  add(...events: readonly NoteEvent[]): void {
    this.log.add(...events.map((event, i) => recorded(this.log.events.length + 1 + i, event)));
  }

  run(views: readonly ViewDefinition[], more: Partial<ProjectorOptions> = {}): Running {
    const abort = new AbortController();
    const reports: ProjectorReport[] = [];
    const statuses = new Map<string, ViewStatus>();
    let failed: { readonly error: unknown } | undefined;
    const ended = runProjector({
      reader: this.log,
      writer: this.writer,
      codec: this.codec,
      requests: this.requests,
      views,
      pollMs: 5,
      signal: abort.signal,
      ...more,
      report: (report) => {
        reports.push(report);
        if (report.kind === 'status') statuses.set(report.view, report.status);
        if (report.kind === 'moved') {
          for (const view of report.views) statuses.set(view, { ...statuses.get(view)!, checkpoint: report.position });
        }
        more.report?.(report);
      },
    });
    ended.catch((error: unknown) => {
      failed = { error };
    });
    const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
      const begun = Date.now();
      while (!(await condition())) {
        if (failed !== undefined) throw failed.error;
        if (Date.now() - begun > 10_000) throw new Error(`Waited for nothing: ${JSON.stringify([...statuses])}`);
        await sleep(2);
      }
    };
    const running: Running = {
      reports,
      ended,
      until,
      status: (view) => statuses.get(view.name),
      live: (...wanted) =>
        until(() => {
          const head = this.log.events.at(-1)?.position;
          return wanted.every(({ name }) => {
            const status = statuses.get(name);
            return status?.state === 'live' && status.checkpoint === head;
          });
        }),
      stop: async () => {
        abort.abort();
        await ended;
      },
    };
    this.started.push(running);
    return running;
  }

  async dispose(): Promise<void> {
    for (const running of this.started) await running.stop().catch(() => undefined);
    await this.requests.close();
    await this.model.close();
    await this.writer.close();
    await rm(this.folder, { recursive: true });
  }
}
