/** Where connections come from, as far as one person can choose it: an IPv4 address, or the /64 around an IPv6 one. */
import { parseAddress } from '../../keys/source-address.js';

const IPV4_LENGTH = 4;
const GROUPS_OF_64_BITS = 4;

/** One text for all addresses of a source. What is no IP address is a source of its own. */
export function sourcePrefix(address: string): string {
  // An IPv4 address has one text, and a connection holds on to the one that it has.
  if (!address.includes(':')) return address;
  const bytes = parseAddress(address);
  if (bytes === undefined) return address;
  if (bytes.length === IPV4_LENGTH) return bytes.join('.');
  const groups = new DataView(bytes.buffer, bytes.byteOffset);
  const prefix = Array.from({ length: GROUPS_OF_64_BITS }, (_, index) => groups.getUint16(2 * index).toString(16));
  return `${prefix.join(':')}::/64`;
}
