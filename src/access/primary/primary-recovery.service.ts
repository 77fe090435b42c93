import { recordIdOf, streamOf } from '../../kernel/decider.js';
import type { Instant, Recorded } from '../../kernel/event.js';
import { notFound } from '../../kernel/refusal.js';
import type { EventOpener } from '../../platform/codec/codec.port.js';
import type { EventStore, StoredEvent } from '../../platform/event-store/event-store.port.js';
import { later, RESET_LIFETIME_MS } from '../accounts/account.decide.js';
import { type AccountEvent, accounts } from '../accounts/account.js';
import type { AccountLinks } from '../accounts/account-links.tokens.js';
import type { AccountWriter } from '../accounts/account.writer.js';
import { claimAddress, releaseAddress } from '../accounts/email-claim.decide.js';
import { emailClaims } from '../accounts/email-claim.js';
import type { EmailAddresses } from '../accounts/emails.service.js';
import { foldProfile, type ProfileDoc } from '../accounts/profile.view.js';
import { recoverAccount } from '../accounts/recovery.decide.js';
import { startPrimaryRecovery } from '../organisations/handover.decide.js';
import type { HandoverReverted, PrimaryHandedOver } from '../organisations/handover.js';
import { type OrganisationFounded, organisations, type OrganisationState } from '../organisations/organisation.js';

export interface RecoveryRequest {
  readonly organisation: string;
  /** The address that they sign in with from now on; absent: as before. */
  readonly to?: string;
  readonly reason?: string;
}

export interface Recovered {
  readonly name: string;
  /** The address that they sign in with. */
  readonly email: string;
  /** Names of all organisations whose Primary they are, the one that was asked for first. */
  readonly organisations: readonly string[];
  /** Sets a new password, once: a secret. */
  readonly token: string;
  readonly until: Instant;
}

export interface RecoveryParts {
  readonly store: EventStore;
  readonly writer: AccountWriter;
  readonly addresses: EmailAddresses;
  readonly codec: Pick<EventOpener, 'open'>;
  readonly links: AccountLinks;
}

/** What makes somebody the Primary of an organisation, at least for a while. */
const MADE_PRIMARY = ['OrganisationFounded', 'PrimaryHandedOver', 'HandoverReverted'] as const;

/**
 * Gives the Primary of an organisation their account back, who has lost address, password and second factor. For the
 * command line only, never for a route: that it is them was found out by whoever runs the machine. Nobody else becomes the
 * Primary by it.
 *
 * The organisations' trails come first, so nothing happens to an account that does not stand there; then the new address is
 * claimed and the old one given up; the account is the last step, in one append. What ended in between is done by the same
 * command again.
 */
export class PrimaryRecovery {
  constructor(private readonly parts: RecoveryParts) {}

  /** @throws Refusal `not-found`; `conflict` where the address is another account's, or nothing can be recovered */
  async recover({ organisation, to, reason }: RecoveryRequest): Promise<Recovered> {
    const { writer, addresses, links } = this.parts;
    const { primary, founded } = await this.organisation(organisation);
    if (!founded) throw notFound();
    const account = await writer.state(accounts, primary);
    const profile = await this.profile(primary);
    const given = to === undefined ? undefined : await addresses.idOf(to);
    const address = given === account.address && account.verified ? undefined : given;
    const change = address === undefined ? {} : { address, email: { from: oldEmail(profile, account), to: to! } };
    // What would be refused is refused before anything is written.
    recoverAccount(change)(account, NOWHERE, undefined);
    if (address !== undefined) claimAddress(primary)(await writer.state(emailClaims, address), NOWHERE, undefined);

    const by = writer.operator('RecoverPrimary');
    const names: string[] = [];
    for (const id of [organisation, ...(await this.othersOf(primary, organisation))]) {
      const about = { userId: primary, newAddress: address !== undefined, ...(reason === undefined ? {} : { reason }) };
      await writer.write(organisations, id, {
        decide: startPrimaryRecovery(about),
        by: async (events) => ({ ...(await by(events)), organisation: id }),
      });
      names.push((await this.organisation(id)).name);
    }
    if (address !== undefined) {
      await writer.write(emailClaims, address, { decide: claimAddress(primary), by });
      if (address !== account.address)
        await writer.write(emailClaims, account.address, { decide: releaseAddress(primary), by });
    }
    const events = await writer.write(accounts, primary, { decide: recoverAccount(change), by });
    const asked = events.find(({ type }) => type === 'PasswordResetRequested')!;
    return {
      name: `${profile.firstName} ${profile.lastName}`,
      email: address === undefined ? profile.email : to!,
      organisations: names,
      token: await links.issue('reset-password', { accountId: primary, eventId: asked.id }),
      until: later(asked.recordedAt, RESET_LIFETIME_MS),
    };
  }

  private organisation(id: string): Promise<OrganisationState> {
    return this.parts.writer.state(organisations, id);
  }

  // By the log alone: views may be behind it, or not there.

  private async profile(accountId: string): Promise<ProfileDoc> {
    const { store, codec } = this.parts;
    const stored: StoredEvent[] = [];
    for await (const event of store.readStream(streamOf(accounts, '', accountId))) stored.push(event);
    const events = (await codec.open(stored)) as readonly Recorded<AccountEvent>[];
    const doc = events.reduce<ProfileDoc | null>(foldProfile, null);
    if (doc === null) throw notFound();
    return doc;
  }

  private async othersOf(userId: string, organisation: string): Promise<readonly string[]> {
    const ids = new Set<string>();
    for await (const { events } of this.parts.store.readAll({ types: MADE_PRIMARY })) {
      for (const { type, data, stream } of events) {
        const made =
          type === 'OrganisationFounded'
            ? (data as OrganisationFounded['data']).primary
            : (data as (PrimaryHandedOver | HandoverReverted)['data']).userId;
        if (made === userId) ids.add(recordIdOf(stream));
      }
    }
    ids.delete(organisation);
    const others: string[] = [];
    for (const id of ids) {
      const { founded, primary } = await this.organisation(id);
      if (founded && primary === userId) others.push(id);
    }
    return others;
  }
}

/** An address that nobody has shown to be theirs may be a stranger's. */
const oldEmail = ({ email }: ProfileDoc, { verified }: { readonly verified: boolean }): string | null =>
  verified ? email : null;

/** For decisions that are only tried. */
const NOWHERE = { now: '', userId: '', organisation: '', newId: '' };
