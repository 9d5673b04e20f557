/** The source of a connection, as far as one person can choose it: an IPv4 address, or the /64 of an IPv6 address. */
import { parseAddress } from '../../keys/source-address.js';

const IPV4_LENGTH = 4;
const GROUPS_OF_64_BITS = 4;

/** The same text for all addresses of a source. Anything but an IP address is a source of its own. */
export function sourcePrefix(address: string): string {
  // An IPv4 address has only one spelling; returning the same string saves memory per connection.
  if (!address.includes(':')) return address;
  const bytes = parseAddress(address);
  if (bytes === undefined) return address;
  if (bytes.length === IPV4_LENGTH) return bytes.join('.');
  const groups = new DataView(bytes.buffer, bytes.byteOffset);
  const prefix = Array.from({ length: GROUPS_OF_64_BITS }, (_, index) => groups.getUint16(2 * index).toString(16));
  return `${prefix.join(':')}::/64`;
}
