import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseMasterKey } from '../vault/master-key.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type MailSetting =
  /** One `.eml` per mail in a folder. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** `smtp:` or `smtps:`; may hold a password. */
  | { readonly kind: 'smtp'; readonly url: string };

/** Whose `X-Forwarded-For` is believed: nobody's, that of so many hops, or that of these addresses and ranges. */
export type TrustProxy = false | number | readonly string[];

/** Connection strings; absent where the embedded store is used. */
export interface Servers {
  /** EventStoreDB, `esdb://...` or `esdb+discover://...`. */
  readonly eventStore?: string;
  /** MongoDB, `mongodb://...` or `mongodb+srv://...`; the path names the database. Several nodes share their views here. */
  readonly readModel?: string;
  /** MongoDB likewise. */
  readonly vault?: string;
}

/** Where signed checkpoints go besides the log, so that somebody outside knows them. */
export interface WitnessSettings {
  /** Absolute path of a file that they are appended to; best on another machine. */
  readonly file?: string;
  /** `https:`, or `http:` to this machine; each is posted there. */
  readonly webhook?: string;
  /** Whether each organisation's Primary is mailed the newest one once a week. */
  readonly mail: boolean;
}

export interface WebhookSettings {
  /** Whether this machine itself may be sent to, also without TLS: for trying webhooks out. */
  readonly loopback?: true;
  /** Seconds behind each failed attempt but the last; absent: the usual back-off. */
  readonly pauses?: readonly number[];
}

/** Everything that the environment decides, typed and checked. */
export interface Settings {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Absolute. Holds the embedded stores, uploads and the outbox. */
  readonly dataDir: string;
  /** Servers in place of the embedded stores; each may hold a password. */
  readonly servers: Servers;
  readonly mail: MailSetting;
  readonly witnesses: WitnessSettings;
  readonly webhooks?: WebhookSettings;
  /** Where people reach this server, without a slash at the end; absent: where it listens (`PublicUrl`). */
  readonly publicUrl?: string;
  /** 32 bytes as text, as the vault reads them; absent where the node makes a key of its own. */
  readonly masterKey?: string;
  readonly trustProxy: TrustProxy;
  /** Requests a second for each signed-in person or key; absent where there is no limit. */
  readonly rateLimit?: number;
  readonly logLevel: LogLevel;
}

export const SETTINGS = Symbol('Settings');

/** A setting that cannot be used. The message is one line, names the variable, and never holds a secret. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting';
  constructor(
    readonly variable: string,
    reason: string,
  ) {
    super(`${variable} ${reason}`);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of this process. @throws WrongSetting for the first one that cannot be used. */
export function readSettings(environment: Environment): Settings {
  const value = (name: string): string | undefined => {
    const text = environment[name]?.trim();
    return text === undefined || text === '' ? undefined : text;
  };
  const host = readHost(value('HOST') ?? '127.0.0.1');
  const port = readInteger('PORT', value('PORT') ?? '3000', 0, 65535);
  const dataDir = resolve(value('DATA_DIR') ?? 'data');
  const masterKey = value('MASTER_KEY');
  const servers = readServers(value);
  if (servers.vault !== undefined && masterKey === undefined) {
    throw new WrongSetting(
      'MASTER_KEY',
      'must be set where VAULT_URL is, the same on every node: openssl rand -base64 32',
    );
  }
  const rateLimit = value('RATE_LIMIT');
  const publicUrl = readPublicUrl(value('PUBLIC_URL'));
  return {
    host,
    port,
    dataDir,
    servers,
    mail: readMail(value('MAIL_URL'), dataDir),
    witnesses: readWitnesses(value),
    ...readWebhooks(value('WEBHOOK_LOOPBACK'), value('WEBHOOK_PAUSES')),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(masterKey === undefined ? {} : { masterKey: readMasterKey(masterKey) }),
    trustProxy: readTrustProxy(value('TRUST_PROXY')),
    ...(rateLimit === undefined ? {} : { rateLimit: readInteger('RATE_LIMIT', rateLimit, 1, 1_000_000) }),
    logLevel: readLogLevel(value('LOG_LEVEL') ?? 'info'),
  };
}

/** `PUBLIC_URL` where none is set, of a server that listens on this port. */
export function defaultPublicUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}

function readServers(value: (name: string) => string | undefined): Servers {
  const url = (name: string, protocols: readonly string[]): string | undefined => {
    const text = value(name);
    // Lists of hosts are no URLs of the standard's; the driver reads the rest. The text may hold a password.
    if (text === undefined || protocols.some((protocol) => text.startsWith(`${protocol}//`) && !/\s/.test(text)))
      return text;
    throw new WrongSetting(name, mustStartWith(protocols));
  };
  const eventStore = url('EVENT_STORE_URL', ['esdb:', 'esdb+discover:']);
  const readModel = url('READ_MODEL_URL', ['mongodb:', 'mongodb+srv:']);
  const vault = url('VAULT_URL', ['mongodb:', 'mongodb+srv:']);
  return {
    ...(eventStore === undefined ? {} : { eventStore }),
    ...(readModel === undefined ? {} : { readModel }),
    ...(vault === undefined ? {} : { vault }),
  };
}

function readWitnesses(value: (name: string) => string | undefined): WitnessSettings {
  const file = value('WITNESS_FILE');
  const webhook = readWitnessWebhook(value('WITNESS_WEBHOOK'));
  const mail = value('WITNESS_MAIL') ?? 'off';
  if (mail !== 'off' && mail !== 'weekly') throw new WrongSetting('WITNESS_MAIL', 'must be weekly or off');
  return {
    ...(file === undefined ? {} : { file: resolve(file) }),
    ...(webhook === undefined ? {} : { webhook }),
    mail: mail === 'weekly',
  };
}

function readWitnessWebhook(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = readUrl('WITNESS_WEBHOOK', text, ['https:', 'http:']);
  const isHere = ['localhost', '[::1]'].includes(url.hostname) || /^127(?:\.\d+){3}$/.test(url.hostname);
  if (url.protocol === 'http:' && !isHere)
    throw new WrongSetting('WITNESS_WEBHOOK', 'must start with https://, unless it leads to this machine');
  return url.href;
}

const mustStartWith = (protocols: readonly string[]): string =>
  `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;

function readHost(text: string): string {
  if (isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)) return text;
  throw new WrongSetting('HOST', 'must be a host name or an IP address, such as 127.0.0.1 or 0.0.0.0');
}

function readInteger(variable: string, text: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw new WrongSetting(variable, `must be a whole number from ${min} to ${max}`);
}

function readUrl(variable: string, text: string, protocols: readonly string[]): URL {
  const wanted = mustStartWith(protocols);
  // The text may hold a password, so it is never part of the message.
  if (!URL.canParse(text)) throw new WrongSetting(variable, wanted);
  const url = new URL(text);
  if (!protocols.includes(url.protocol)) throw new WrongSetting(variable, wanted);
  return url;
}

function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = readUrl('PUBLIC_URL', text, ['https:', 'http:']);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new WrongSetting('PUBLIC_URL', 'must have no user name, no query and no fragment');
  }
  return url.href.replace(/\/+$/, '');
}

function readMail(text: string | undefined, dataDir: string): MailSetting {
  if (text === undefined) return { kind: 'folder', folder: resolve(dataDir, 'outbox') };
  if (text.startsWith('file:')) return { kind: 'folder', folder: readFolder(text) };
  if (!/^smtps?:/.test(text)) throw new WrongSetting('MAIL_URL', 'must be smtp://host, smtps://host or file:<folder>');
  const url = readUrl('MAIL_URL', text, ['smtp:', 'smtps:']);
  if (url.hostname === '') throw new WrongSetting('MAIL_URL', 'must name a host: smtp://host:port');
  return { kind: 'smtp', url: url.href };
}

function readWebhooks(loopback: string | undefined, pauses: string | undefined): Pick<Settings, 'webhooks'> {
  if (loopback !== undefined && loopback !== 'allow' && loopback !== 'refuse')
    throw new WrongSetting('WEBHOOK_LOOPBACK', 'must be allow or refuse');
  const seconds = pauses?.split(',').map((text) => (/^\s*\d{1,5}(\.\d{1,3})?\s*$/.test(text) ? Number(text) : NaN));
  if (seconds !== undefined && (seconds.length > 20 || seconds.some((one) => !(one <= 86_400))))
    throw new WrongSetting('WEBHOOK_PAUSES', 'must be at most 20 numbers of seconds, a day at most each: 5,30,120');
  const webhooks = { ...(loopback === 'allow' && { loopback: true as const }), ...(seconds && { pauses: seconds }) };
  return Object.keys(webhooks).length === 0 ? {} : { webhooks };
}

/** `file:outbox` and `file:./outbox` are relative to the working folder, `file:///var/mail` is absolute. */
function readFolder(text: string): string {
  const path = text.slice('file:'.length);
  if (path === '' || path === '//') throw new WrongSetting('MAIL_URL', 'must name a folder: file:<folder>');
  if (!path.startsWith('//')) return resolve(path);
  try {
    return fileURLToPath(text);
  } catch {
    throw new WrongSetting('MAIL_URL', 'must name a folder of this machine: file:<folder> or file:///<folder>');
  }
}

function readMasterKey(text: string): string {
  try {
    parseMasterKey(text);
    return text;
  } catch {
    throw new WrongSetting(
      'MASTER_KEY',
      'must be 32 random bytes as base64 or 64 hexadecimal digits: openssl rand -base64 32',
    );
  }
}

const NAMED_RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

function readTrustProxy(text: string | undefined): TrustProxy {
  if (text === undefined || text === 'false' || text === '0') return false;
  // "Everybody" would let each client choose its own address, and with it its own limits.
  if (text === 'true') return NAMED_RANGES;
  if (/^[1-9]$/.test(text)) return Number(text);
  const ranges = text.split(',').map((range) => range.trim());
  if (ranges.every(isRange)) return ranges;
  throw new WrongSetting(
    'TRUST_PROXY',
    'must be the number of proxies in front (1 to 9), or their addresses: 10.0.0.0/8, 192.0.2.7, loopback',
  );
}

function isRange(text: string): boolean {
  if (NAMED_RANGES.includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (level === undefined) throw new WrongSetting('LOG_LEVEL', `must be one of ${LOG_LEVELS.join(', ')}`);
  return level;
}
