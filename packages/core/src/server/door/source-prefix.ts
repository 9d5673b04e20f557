/** Where connections come from, as far as one person can choose it: an IPv4 address, or the /64 around an IPv6 one. */

const GROUPS = 8;
const GROUPS_OF_64_BITS = 4;

/** One text for all addresses of a source. What is no IP address is a source of its own. */
export function sourcePrefix(address: string): string {
  // RFC 4291 §2.5.5.2: sockets of both families show IPv4 so.
  const ipv4 = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
  if (!ipv4.includes(':')) return ipv4;
  // RFC 4007 §11: a zone is this machine's name for an interface, not a part of the address.
  const [head = [], tail = []] = address
    .replace(/%.*/, '')
    .split('::')
    .map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, GROUPS - head.length - tail.length) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, GROUPS_OF_64_BITS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
