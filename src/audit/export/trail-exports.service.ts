import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { conflict } from '../../kernel/refusal.js';
import { DomainCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { RecordKinds } from '../../platform/commands/record-kinds.js';
import { type Loaded, StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import { EXPORT_DAYS } from '../contract.js';
import { privacy } from '../privacy/privacy.js';
import { type Extent, trailExports, type TrailExports } from './trail-export.js';
import { beginTrailExport, type Eyes, requireApproved } from './trail-export.decide.js';

class BeginTrailExport extends DomainCommand {
  readonly name = 'BeginTrailExport';
}

/** The approvals of exports of the trail: whether one is needed, and whether it is there. */
@Injectable()
export class TrailExportApprovals implements OnModuleInit {
  constructor(
    private readonly states: StateCache,
    private readonly pipeline: CommandPipeline,
    private readonly kinds: RecordKinds,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Who asked whom is for everybody who reads the trail, as is who exported it. */
  onModuleInit(): void {
    this.kinds.register({
      kind: 'trail-export',
      readPermission: 'audit:read',
      describe: async (organisation, ids) => {
        const { state } = await this.loaded(organisation);
        return new Map(ids.flatMap((id) => (state.has(id) ? [[id, { label: 'Export of the trail', facts: {} }]] : [])));
      },
    });
  }

  loaded(organisation: string): Promise<Loaded<TrailExports>> {
    return Promise.resolve(this.states.load(trailExports, '', organisation));
  }

  /** The same switch as for exports of people's data: there is more about people in the trail than in any of these. */
  async eyes(organisation: string): Promise<Eyes> {
    return (await this.states.load(privacy, '', organisation)).state.settings;
  }

  /**
   * That this export may be taken out by whoever asks for it now. Uses up nothing.
   *
   * @throws Refusal conflict approval-needed, and what `requireApproved` throws
   */
  async require(context: RequestContext, extent: Extent, approval: string | undefined): Promise<void> {
    const { organisation, principal } = context;
    if (approval !== undefined) {
      const now = new Date(this.clock()).toISOString();
      requireApproved((await this.loaded(organisation)).state, approval, extent, {
        userId: principal?.userId ?? '',
        now,
      });
    } else if ((await this.eyes(organisation)).secondApproval)
      throw conflict(
        'approval-needed',
        'A second person approves exports of the trail here: POST .../trail-exports with the same format, from, to and reason, ' +
          'let somebody else POST .../trail-exports/{id}/approve, ' +
          `then ask for this again with approval={id} within ${EXPORT_DAYS} days`,
      );
  }

  /** Uses the approval up. @throws Refusal as `require` does: somebody may have been faster */
  begin(context: RequestContext, extent: Extent, approval: string): Promise<CommandAnswer> {
    return this.pipeline.change(trailExports, new BeginTrailExport(context), context.organisation, {
      decide: beginTrailExport(approval, extent),
    });
  }
}
