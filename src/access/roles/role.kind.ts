import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ReadState, RecordFacts } from '../../kernel/decider.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { organisations } from '../organisations/organisation.js';
import { answerOf } from './roles.handlers.js';

/** An organisation's own roles, for those who show records of all kinds. */
@Injectable()
export class RoleKind implements RecordKind, OnModuleInit {
  readonly kind = 'role';
  readonly readPermission = 'roles:read';

  constructor(
    private readonly kinds: RecordKinds,
    private readonly states: StateCache,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const { roles } = (await this.states.load(organisations, '', organisation)).state;
    return new Map(
      ids.flatMap((id) => {
        const role = roles.get(id);
        return role === undefined ? [] : [[id, { label: `Role ${role.name}`, facts: {} }] as const];
      }),
    );
  }

  /** No role is in a project or brand. */
  readonly factsOf = async (read: ReadState, organisation: string, id: string): Promise<RecordFacts | undefined> => {
    const { state } = await read(organisations, '', organisation);
    return state.roles.has(id) ? {} : undefined;
  };

  readonly asOf: NonNullable<RecordKind['asOf']> = async ({ read }, organisation, id) => {
    const role = (await read(organisations, '', organisation)).state.roles.get(id);
    return role && answerOf(role);
  };
}
