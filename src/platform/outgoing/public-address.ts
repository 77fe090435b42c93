import ipaddr from 'ipaddr.js';

/** Addresses that are public by their range and yet belong to the machine's provider: Azure's channel to its virtual machines. */
const OF_PROVIDERS: ReadonlySet<string> = new Set(['168.63.129.16']);

/**
 * Whether an address belongs to the public internet. Everything that IANA sets aside is not: private, loopback, link-local (where
 * clouds have their metadata), shared, documentation, multicast, and what carries another address inside (NAT64, 6to4,
 * Teredo). An IPv4 address written as IPv6 counts as what it is.
 */
export function isPublicAddress(text: string): boolean {
  const address = parsed(text);
  if (address === undefined || OF_PROVIDERS.has(address.toString())) return false;
  if (address.kind() === 'ipv6' && !isGlobalIpv6(address as ipaddr.IPv6)) return false;
  return address.range() === 'unicast';
}

export const isLoopbackAddress = (text: string): boolean => parsed(text)?.range() === 'loopback';

/** 2000::/3 is all that was ever given out. */
const isGlobalIpv6 = (address: ipaddr.IPv6): boolean => address.match(ipaddr.IPv6.parse('2000::'), 3);

/** Undefined for what is no address; one with a zone is of a link. */
function parsed(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (!ipaddr.isValid(text) || text.includes('%')) return undefined;
  return ipaddr.process(text);
}
