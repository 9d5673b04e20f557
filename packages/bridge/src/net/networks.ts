/** RFC 4632 §3.1 and RFC 4291 §2.3: lists of networks, and whether an address is in one. */
import { BlockList, isIP, isIPv4 } from 'node:net';
import { usageError } from '../bridge-error.js';

export interface Networks {
  /** Whether the address is in one of them, also if it is IPv4 written as IPv6; false for text that is not an address. */
  has(address: string): boolean;
}

/**
 * @param texts addresses and `ADDRESS/PREFIX`
 * @throws BridgeError with exit code 64
 */
export function parseNetworks(texts: readonly string[]): Networks {
  const list = new BlockList();
  for (const text of texts) addNetwork(list, text);
  return {
    has(address) {
      const family = isIP(address);
      return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

export function isNetwork(text: string): boolean {
  const { address, prefix, longest } = splitNetwork(text);
  return isIP(address) !== 0 && Number.isInteger(prefix) && prefix >= 0 && prefix <= longest;
}

function addNetwork(list: BlockList, text: string): void {
  if (!isNetwork(text)) {
    throw usageError(`"${text}" is not a network`, 'give an address or ADDRESS/PREFIX, like 10.0.0.0/8 or ::1');
  }
  const { address, prefix } = splitNetwork(text);
  list.addSubnet(address, prefix, isIPv4(address) ? 'ipv4' : 'ipv6');
}

function splitNetwork(text: string): { readonly address: string; readonly prefix: number; readonly longest: number } {
  const [, address = '', digits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const longest = isIPv4(address) ? 32 : 128;
  return { address, prefix: digits === undefined ? longest : Number(digits), longest };
}
