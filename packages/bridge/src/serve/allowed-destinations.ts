/** Which targets the paths of URLs may name: only those that the operator has listed. */
import { isIP } from 'node:net';
import { usageError } from '../bridge-error.js';
import { isNetwork, parseNetworks, type Networks } from '../net/networks.js';
import type { TcpDestination } from '../net/destination.js';

/** One entry of the list: `HOST:PORT`, `*.SUFFIX:PORT`, `ADDRESS/PREFIX:PORT`. */
interface Entry {
  readonly port: number;
  /** By name, before it is resolved; undefined for a network. */
  readonly matchesName: ((host: string) => boolean) | undefined;
  /** By address; undefined for a name. */
  readonly network: Networks | undefined;
}

export interface AllowedDestinations {
  readonly isEmpty: boolean;
  /** Whether the list can allow this at all, before its name is resolved. */
  allows(destination: TcpDestination): boolean;
  /** Whether an entry lists this address itself, private or not. */
  listsAddress(address: string, port: number): boolean;
}

/** @throws BridgeError with exit code 64 */
export function parseAllowedDestinations(texts: readonly string[]): AllowedDestinations {
  const entries = texts.map(parseEntry);
  return {
    isEmpty: entries.length === 0,
    allows: ({ host, port }) =>
      entries.some(
        (entry) =>
          entry.port === port && (isIP(host) === 0 ? entry.matchesName?.(host) : entry.network?.has(host)) === true,
      ),
    listsAddress: (address, port) =>
      entries.some((entry) => entry.port === port && entry.network?.has(address) === true),
  };
}

function parseEntry(text: string): Entry {
  const match = /^(?:\[(?<v6>[^\]]+)\](?<prefix>\/\d+)?|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const { v6, prefix = '', host = '', port: digits = '' } = match?.groups ?? {};
  const port = Number(digits);
  const name = v6 === undefined ? host.toLowerCase() : `${v6}${prefix}`;
  if (port >= 1 && port <= 65_535) {
    if (isNetwork(name)) return { port, matchesName: undefined, network: parseNetworks([name]) };
    if (/^(?:\*\.)?[a-z0-9_][a-z0-9._-]*$/.test(name) && !/(?:^|\.)\d+$/.test(name)) {
      return { port, matchesName: nameMatcher(name), network: undefined };
    }
  }
  throw usageError(
    `"${text}" is not an allowed target`,
    'give HOST:PORT, *.SUFFIX:PORT, ADDRESS/PREFIX:PORT or [IPV6]/PREFIX:PORT',
  );
}

function nameMatcher(pattern: string): (host: string) => boolean {
  if (!pattern.startsWith('*.')) return (host) => host === pattern;
  const suffix = pattern.slice(1);
  return (host) => host.length > suffix.length && host.endsWith(suffix);
}
