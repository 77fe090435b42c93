import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountLinks } from '../../src/access/accounts/account-links.tokens.js';
import { AccountMails } from '../../src/access/accounts/account-mails.reactor.js';
import { AccountUpkeep } from '../../src/access/accounts/account-upkeep.reactor.js';
import { AccountWriter } from '../../src/access/accounts/account.writer.js';
import { AccountsService } from '../../src/access/accounts/accounts.service.js';
import { EmailAddresses } from '../../src/access/accounts/emails.service.js';
import { GuessLimits } from '../../src/access/accounts/guesses.limits.js';
import { OwnPassword } from '../../src/access/accounts/own-password.service.js';
import { PasswordResets } from '../../src/access/accounts/password-resets.service.js';
import { Passwords } from '../../src/access/accounts/passwords.service.js';
import { Profiles } from '../../src/access/accounts/profiles.service.js';
import { SecondFactors } from '../../src/access/accounts/second-factors.service.js';
import { SecurityMails } from '../../src/access/accounts/security-mails.reactor.js';
import { SessionAuthenticator } from '../../src/access/sessions/session.authenticator.js';
import { accessEvents } from '../../src/access/events.js';
import { SessionTokens } from '../../src/access/sessions/session-tokens.service.js';
import { SessionsService } from '../../src/access/sessions/sessions.service.js';
import { EventCodec } from '../../src/platform/codec/event-codec.js';
import { Appender } from '../../src/platform/commands/appender.js';
import type { RequestContext } from '../../src/platform/commands/principal.js';
import { StateCache } from '../../src/platform/commands/state-cache.js';
import { PublicUrl } from '../../src/platform/config/public-url.js';
import type { EventStore, StoredEvent } from '../../src/platform/event-store/event-store.port.js';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { Limits } from '../../src/platform/http/limits.js';
import type { Mail } from '../../src/platform/mail/mailer.js';
import type { Reactors } from '../../src/platform/reactor/reactors.js';
import type { ReadModel } from '../../src/platform/read-model/read-model.port.js';
import { openSqliteVault } from '../../src/platform/vault/sqlite/sqlite-vault.js';
import type { Vault } from '../../src/platform/vault/vault.port.js';

/** A request from nobody yet. */
export const visitor = (ip = '192.0.2.7'): RequestContext => ({
  organisation: '',
  permission: 'public',
  route: 'POST /v1/accounts',
  requestId: 'request',
  correlationId: 'correlation',
  source: { ip, userAgent: 'spec' },
});

/** Accounts and sessions over real stores, without the web server. Reactors run when they are told to. */
export class AccountsWorld {
  readonly mails: Mail[] = [];
  /** One application instance. */
  readonly node: ReturnType<AccountsWorld['build']>;

  private constructor(
    private readonly folder: string,
    readonly store: EventStore,
    readonly vault: Vault,
    /** Milliseconds since 1970; moves when a test says so. */
    readonly time: { now: number },
  ) {
    this.node = this.build();
  }

  static async open(): Promise<AccountsWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'accounts-'));
    const vault = await openSqliteVault({ folder, masterKey: new Uint8Array(32).fill(7) });
    const time = { now: Date.UTC(2026, 2, 1, 9) };
    const store = await openSqliteEventStore({ folder, clock: () => time.now });
    const world = new AccountsWorld(folder, store, vault, time);
    await world.node.passwords.onModuleInit();
    return world;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.vault.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Another application instance on these stores. */
  build() {
    const { store, vault } = this;
    const clock = (): number => this.time.now;
    const codec = new EventCodec(vault, [accessEvents]);
    const states = new StateCache(store, codec);
    const writer = new AccountWriter(states, new Appender(store, codec, clock), clock);
    const addresses = new EmailAddresses(vault);
    const passwords = new Passwords(vault, clock);
    const accounts = new AccountsService(writer, addresses, passwords, new Limits({}));
    const tokens = new SessionTokens(vault, clock);
    const limits = new GuessLimits();
    const factors = new SecondFactors(vault, clock, limits);
    const sessions = new SessionsService(writer, addresses, passwords, tokens, factors, limits);
    const behind = { get: () => Promise.resolve({ value: null, position: undefined }) } as unknown as ReadModel;
    const profiles = new Profiles(behind, store, codec);
    const links = new AccountLinks(vault);
    const resets = new PasswordResets(writer, addresses, passwords, links, accounts);
    const ownPassword = new OwnPassword(writer, passwords, limits);
    const mailer = {
      send: (mail: Mail) => Promise.resolve(void this.mails.push(mail)),
      close: () => Promise.resolve(),
    };
    // `react` drives them.
    const unregistered = { register: () => undefined } as unknown as Reactors;
    const publicUrl = new PublicUrl('https://books.example');
    return {
      codec,
      writer,
      passwords,
      accounts,
      sessions,
      tokens,
      profiles,
      links,
      resets,
      factors,
      ownPassword,
      authenticator: new SessionAuthenticator(tokens, states),
      reactors: [
        new AccountMails(mailer, publicUrl, writer, profiles, links, unregistered),
        new SecurityMails(mailer, publicUrl, writer, profiles, links, unregistered),
        new AccountUpkeep(accounts, resets, writer, vault, unregistered),
      ],
    };
  }

  async events(...types: string[]): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    for await (const { events } of this.store.readAll()) found.push(...events);
    return types.length === 0 ? found : found.filter(({ type }) => types.includes(type));
  }

  /** Lets every reactor handle the whole log, as after a lost checkpoint. Events that this adds are not handled. */
  async react(): Promise<void> {
    const { codec, reactors } = this.node;
    const events = await codec.open(await this.events());
    for (const reactor of reactors) {
      for (const event of events)
        if ((reactor.types as readonly string[]).includes(event.type)) await reactor.handle(event);
    }
  }

  /** The token in the newest mail to an address that has a link to this path. */
  tokenTo(address: string, path = 'verify'): string {
    const link = new RegExp(`/${path}#token=(\\S+)$`, 'm');
    const mail = this.mails.filter(({ to, text }) => to === address && link.test(text)).at(-1);
    const [, token] = link.exec(mail?.text ?? '') ?? [];
    if (token === undefined) throw new Error(`no mail with a link to ${address}`);
    return token;
  }
}
