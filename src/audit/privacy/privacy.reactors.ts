import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { TargetUnavailable } from '../../platform/reactor/failures.js';
import { described } from '../../platform/reactor/log.js';
import { isOutage } from '../../platform/reactor/outage.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { ViewNotReady } from '../../platform/read-model/read-model.port.js';
import { SubjectErased } from '../../platform/vault/vault.port.js';
import { ExportMaker } from './export.maker.js';
import type {
  DataExportApproved,
  DataExportOrdered,
  ErasureApproved,
  ErasureOrdered,
  RestrictionLifted,
  RestrictionPlaced,
} from './privacy.js';
import { PrivacyWork } from './privacy.work.js';

/** Finishes what a request began and a crash may have left half done: erasures and restrictions. */
@Injectable()
export class PrivacyUpkeep implements Reactor, OnModuleInit {
  readonly name = 'privacy-upkeep';
  readonly types = ['ErasureOrdered', 'ErasureApproved', 'RestrictionPlaced', 'RestrictionLifted'] as const;

  constructor(
    private readonly work: PrivacyWork,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const { data, stream } = event as Recorded<
      ErasureOrdered | ErasureApproved | RestrictionPlaced | RestrictionLifted
    >;
    const organisation = recordIdOf(stream);
    try {
      if ('erasureId' in data) await this.work.erase(organisation, data.erasureId);
      else await this.work.restrict(organisation, data.restrictionId);
    } catch (error) {
      throw outage(error);
    }
  }
}

/** Attempts at one export that may fail, outages aside, before it has failed: meanwhile the next one waits. */
const EXPORT_ATTEMPTS = 3;

/** Makes the exports that were asked for. Apart from the others, since one may take minutes. */
@Injectable()
export class PrivacyExports implements Reactor, OnModuleInit {
  readonly name = 'privacy-exports';
  readonly types = ['DataExportOrdered', 'DataExportApproved'] as const;
  /** Of exports that are under way here. */
  private readonly failures = new Map<string, number>();

  constructor(
    private readonly maker: ExportMaker,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const { data, stream } = event as Recorded<DataExportOrdered | DataExportApproved>;
    const [organisation, { exportId }] = [recordIdOf(stream), data];
    try {
      await this.maker.make(organisation, exportId);
    } catch (error) {
      if (isAway(error)) throw outage(error);
      const failures = (this.failures.get(exportId) ?? 0) + 1;
      this.failures.set(exportId, failures);
      if (failures < EXPORT_ATTEMPTS && !(error instanceof SubjectErased)) throw error;
      await this.maker.fail(organisation, exportId, whyNoExport(error));
    }
    this.failures.delete(exportId);
  }
}

function whyNoExport(error: unknown): string {
  if (error instanceof SubjectErased) return 'the data of this person was erased meanwhile';
  const told = described(error, false);
  return told.includes('ENOSPC') ? 'the disk is full' : `it failed ${EXPORT_ATTEMPTS} times: ${told}`;
}

const isAway = (error: unknown): boolean =>
  isOutage(error) || error instanceof ViewNotReady || (error instanceof Refusal && error.code === 'unavailable');

/** Views that are behind are no fault of the event: it is tried until they are not. */
const outage = (error: unknown): unknown =>
  isAway(error) && !isOutage(error) ? new TargetUnavailable('the views are behind', { cause: error }) : error;
