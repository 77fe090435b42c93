import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { TargetUnavailable } from '../../platform/reactor/failures.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
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

/** Makes the exports that were asked for. Apart from the others, since one may take minutes. */
@Injectable()
export class PrivacyExports implements Reactor, OnModuleInit {
  readonly name = 'privacy-exports';
  readonly types = ['DataExportOrdered', 'DataExportApproved'] as const;

  constructor(
    private readonly maker: ExportMaker,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const { data, stream } = event as Recorded<DataExportOrdered | DataExportApproved>;
    try {
      await this.maker.make(recordIdOf(stream), data.exportId);
    } catch (error) {
      throw outage(error);
    }
  }
}

/** Views that are behind are no fault of the event: it is tried until they are not. */
const outage = (error: unknown): unknown =>
  error instanceof Refusal && error.code === 'unavailable'
    ? new TargetUnavailable('the views are behind', { cause: error })
    : error;
