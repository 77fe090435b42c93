import { Injectable, type OnModuleInit } from '@nestjs/common';
import { recordIdOf } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { TargetUnavailable } from '../../platform/reactor/failures.js';
import type { Reactor } from '../../platform/reactor/reactor.js';
import { Reactors } from '../../platform/reactor/reactors.js';
import { type AccountErased, accounts } from '../accounts/account.js';
import { AccountWriter } from '../accounts/account.writer.js';
import { DirectoryService } from '../organisations/directory.service.js';
import { endMembership } from '../organisations/members.decide.js';
import { type InvitationAccepted, type OrganisationFounded, organisations } from '../organisations/organisation.js';

type Cause = Recorded<AccountErased | InvitationAccepted | OrganisationFounded>;

/**
 * Ends the memberships of whoever has erased their account. What was founded or accepted while the account was being
 * erased stands in the log either before the erasure, and is found from there, or after it, and is then handled itself:
 * so no order of the two leaves a membership behind, nor an organisation without a living Primary.
 */
@Injectable()
export class MembershipUpkeep implements Reactor, OnModuleInit {
  readonly name = 'membership-upkeep';
  readonly types = ['AccountErased', 'InvitationAccepted', 'OrganisationFounded'] as const;

  constructor(
    private readonly writer: AccountWriter,
    private readonly directory: DirectoryService,
    private readonly reactors: Reactors,
  ) {}

  onModuleInit(): void {
    this.reactors.register(this);
  }

  async handle(event: Recorded): Promise<void> {
    const cause = event as Cause;
    switch (cause.type) {
      case 'AccountErased': {
        const userId = recordIdOf(cause.stream);
        for (const organisation of await this.organisationsOf(userId)) await this.end(userId, organisation, cause);
        return;
      }
      case 'InvitationAccepted':
        return this.endIfErased(cause.data.userId, cause);
      case 'OrganisationFounded':
        return this.endIfErased(cause.data.primary, cause);
    }
  }

  private async endIfErased(userId: string, cause: Cause): Promise<void> {
    const { status } = await this.writer.state(accounts, userId);
    if (status === 'erased') await this.end(userId, recordIdOf(cause.stream), cause);
  }

  private async end(userId: string, organisation: string, cause: Cause): Promise<void> {
    const consequence = this.writer.consequence(cause, 'EraseAccount');
    await this.writer.write(organisations, organisation, {
      decide: endMembership(userId),
      by: async (events) => ({ ...(await consequence(events)), organisation }),
      eventIds: [derivedId('MembershipEnded', cause.id, organisation)],
    });
  }

  /** An erasure is never given up: as long as nobody can say where the person is a member, it is asked again. */
  private async organisationsOf(userId: string): Promise<readonly string[]> {
    try {
      return await this.directory.organisationsOf(userId);
    } catch (cause) {
      throw new TargetUnavailable('memberships cannot be looked up now', { cause });
    }
  }
}
