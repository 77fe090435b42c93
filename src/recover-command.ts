import { existsSync } from 'node:fs';
import { catalogues } from './catalogues.js';
import { AccountLinks } from './access/accounts/account-links.tokens.js';
import { AccountWriter } from './access/accounts/account.writer.js';
import { EmailAddresses } from './access/accounts/emails.service.js';
import { PrimaryRecovery, type Recovered } from './access/primary/primary-recovery.service.js';
import { isUuid } from './kernel/ids.js';
import { Refusal } from './kernel/refusal.js';
import { Appender } from './platform/commands/appender.js';
import { StateCache } from './platform/commands/state-cache.js';
import { defaultPublicUrl, type Settings } from './platform/config/settings.js';
import { logFile } from './platform/event-store/sqlite/database.js';
import { DataFolderInUse } from './platform/event-store/sqlite/sqlite-event-store.js';
import { email, text } from './platform/http/fields.js';
import { openStores, type Stores } from './platform/stores/stores.module.js';

export interface RecoverOptions {
  /** The address that the Primary signs in with from now on. */
  readonly to?: string;
  /** Stands in the trail: who asked, and how it was found out that it is them. */
  readonly reason?: string;
}

const MAX_REASON = 500;

/**
 * `countersign recover-primary <organisation>`: a link for a Primary who lost everything, by which they set a new password.
 * Embedded stores must be stopped; on servers it works beside the nodes. Answers lines for the terminal of whoever runs it;
 * one of them is the link, a secret that stands nowhere else.
 *
 * @throws Error with one sentence
 */
export async function recoverPrimary(
  settings: Settings,
  organisation: string,
  options: RecoverOptions,
): Promise<readonly string[]> {
  check(organisation, options);
  const { dataDir, servers, host, port } = settings;
  if (servers.eventStore === undefined && !existsSync(logFile(dataDir)))
    throw new Error(`There is nothing to recover: ${logFile(dataDir)} is missing (is DATA_DIR right?)`);
  const stores = await openStopped(settings);
  try {
    const recovered = await recoveryOf(stores).recover({ organisation, ...options });
    return linesOf(recovered, settings.publicUrl ?? defaultPublicUrl(host, port));
  } catch (error) {
    throw error instanceof Refusal ? inWords(error, organisation) : error;
  } finally {
    await stores.close();
  }
}

function check(organisation: string, { to, reason }: RecoverOptions): void {
  if (!isUuid(organisation)) throw new Error('An organisation is named by its id, a UUID in lower case');
  const wrongAddress = to === undefined ? undefined : email().check(to);
  if (wrongAddress !== undefined) throw new Error(`--to ${wrongAddress}`);
  const wrongReason = reason === undefined ? undefined : text({ max: MAX_REASON }).check(reason);
  if (wrongReason !== undefined) throw new Error(`--reason ${wrongReason}`);
}

async function openStopped(settings: Settings): Promise<Stores> {
  try {
    return await openStores(settings, catalogues);
  } catch (error) {
    if (!(error instanceof DataFolderInUse)) throw error;
    throw new Error(`${error.message}: stop the server, run this again, and start it`, { cause: error });
  }
}

function recoveryOf({ store, codec, clock, vault }: Stores): PrimaryRecovery {
  const states = new StateCache(store, codec);
  return new PrimaryRecovery({
    store,
    writer: new AccountWriter(states, new Appender(store, codec, clock), clock),
    addresses: new EmailAddresses(vault),
    codec,
    links: new AccountLinks(vault),
  });
}

const linesOf = ({ name, email: address, organisations, token, until }: Recovered, publicUrl: string) => [
  `${name} is the Primary of ${organisations.join(', ')}, and signs in as ${address}.`,
  'The password, the second factor, the sessions and the API keys of this account are void from now on.',
  `This link sets a new password, once, until ${until}. It is shown here only; give it to nobody else:`,
  `${publicUrl}/reset-password#token=${token}`,
];

function inWords(refusal: Refusal, organisation: string): Error {
  const message = refusal.code === 'not-found' ? `There is no organisation ${organisation} here` : refusal.message;
  return new Error(message, { cause: refusal });
}
