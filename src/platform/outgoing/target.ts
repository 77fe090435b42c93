import { isIP } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from './public-address.js';

export interface Targets {
  /** Whether the machine itself may be sent to, also without TLS: for trying things out. */
  readonly loopback: boolean;
}

const MAX_LENGTH = 2000;

/** The host of a URL without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Whether an address may be connected to. */
export const isAllowedAddress = (address: string, { loopback }: Targets): boolean =>
  isPublicAddress(address) || (loopback && isLoopbackAddress(address));

/**
 * What is wrong with a URL as a place to send things to; undefined where nothing is. What a name leads to is seen when it
 * is connected to, and only then, because a name may lead elsewhere a moment later.
 */
export function whyNoTarget(text: string, targets: Targets): string | undefined {
  if (text.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters long`;
  if (!URL.canParse(text)) return 'must be a URL: https://...';
  const url = new URL(text);
  const host = hostOf(url);
  const isOurs = isIP(host) === 0 ? isLocalName(host) : isLoopbackAddress(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && targets.loopback && isOurs)) return 'must be https';
  if (url.username !== '' || url.password !== '') return 'must hold no user name and no password';
  if (url.hash !== '') return 'must have no fragment';
  if (targets.loopback && isOurs) return undefined;
  if (isIP(host) === 0 ? isLocalName(host) : !isAllowedAddress(host, targets))
    return 'must be an address of the public internet';
  return undefined;
}

const isLocalName = (host: string): boolean => /(^|\.)localhost\.?$/.test(host);
