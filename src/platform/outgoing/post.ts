import { Resolver } from 'node:dns/promises';
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf, isAllowedAddress, type Targets, whyNoTarget } from './target.js';

export interface Letter {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface Post extends Targets {
  /** From the connection to the end of the answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** How names become addresses; by DNS unless a test says otherwise. */
  readonly resolve?: Resolve;
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Nobody answered. The message is made of our words and codes only: no address, nothing of what the other side said. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

/** A name that led to an address which is not to be connected to. */
class AddressRefused extends Error {}

const TIMEOUT_MS = 10_000;
const DNS_MS = 2000;
/** What is read of an answer before the connection is cut. Nothing of it is kept. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Sends a letter by POST and answers the status. Redirects are not followed, whatever they say. A name is resolved once for each
 * connection, and the connection goes to the addresses that were looked at, so it cannot lead elsewhere in between.
 *
 * @throws NotSent; the signal's reason when aborted
 */
export async function post(letter: Letter, options: Post): Promise<number> {
  const { timeoutMs = TIMEOUT_MS } = options;
  letter.signal.throwIfAborted();
  const wrong = whyNoTarget(letter.url, options);
  if (wrong !== undefined) throw new NotSent(`the URL ${wrong}`);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    return await exchanged(letter, options, late);
  } catch (error) {
    letter.signal.throwIfAborted();
    throw new NotSent(late.aborted ? `not answered within ${timeoutMs} ms` : reasonOf(error));
  }
}

async function exchanged(letter: Letter, options: Post, late: AbortSignal): Promise<number> {
  const request = started(letter, options);
  const stop = (): void => void request.destroy(new Error('stopped'));
  const stops = [letter.signal, late];
  for (const signal of stops) signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      let status: number | undefined;
      // The status says all; that the rest of the answer breaks off changes nothing.
      request.on('error', (error) => (status === undefined ? reject(error) : resolve(status)));
      request.once('response', (answer) => {
        const { statusCode = 0 } = answer;
        status = statusCode;
        readAway(answer, request, () => resolve(statusCode));
      });
      request.end(letter.body);
    });
  } finally {
    for (const signal of stops) signal.removeEventListener('abort', stop);
  }
}

function started({ url: text, headers, body }: Letter, options: Post): ClientRequest {
  const url = new URL(text);
  const allowed = (address: string): boolean => isAllowedAddress(address, options);
  const parts: RequestOptions = {
    method: 'POST',
    protocol: url.protocol,
    hostname: hostOf(url),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    // An agent of its own: none that keeps connections, or goes through a proxy of the environment.
    agent: false,
    lookup: guarded(allowed, options.resolve ?? resolveByDns),
  };
  const request = url.protocol === 'https:' ? httpsRequest(parts) : httpRequest(parts);
  // The last word, whatever resolved the name: an address in the URL itself is not looked up.
  request.once('socket', (socket) =>
    socket.once('connect', () => {
      if (!allowed(socket.remoteAddress ?? '')) request.destroy(new AddressRefused());
    }),
  );
  return request;
}

/** Refuses a name as a whole where one of its addresses is not allowed: which one is taken would be its owner's choice. */
const guarded =
  (allowed: (address: string) => boolean, resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    const vetted = async (): Promise<readonly { readonly address: string; readonly family: number }[]> => {
      const addresses = await resolve(hostname);
      if (addresses.length === 0 || !addresses.every(allowed)) throw new AddressRefused();
      return addresses.map((address) => ({ address, family: isIP(address) }));
    };
    vetted().then(
      (addresses) => {
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: unknown) => callback(error as Error, ''),
    );
  };

/**
 * Asks name servers and no file of the machine, and never waits in one of the few threads that hash passwords: a server of names that
 * takes its time is nobody else's trouble.
 */
async function resolveByDns(hostname: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: DNS_MS, tries: 2 });
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const addresses = [v4, v6].flatMap((found) => (found.status === 'fulfilled' ? found.value : []));
  if (addresses.length === 0 && v4.status === 'rejected') throw v4.reason;
  return addresses;
}

function readAway(answer: IncomingMessage, request: ClientRequest, done: () => void): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) request.destroy();
  });
  answer.on('error', () => undefined);
  answer.once('close', done);
}

/** Codes are of Node, OpenSSL and the resolver; messages may hold addresses. */
function reasonOf(error: unknown): string {
  if (error instanceof AddressRefused) return 'the address is not of the public internet';
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !/^[A-Z0-9_]+$/.test(code)) return 'the connection failed';
  return `the connection failed: ${code}`;
}
