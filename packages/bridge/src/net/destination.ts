/** Where a link leads: `HOST:PORT` or `unix:PATH`, as written in flags and URL paths. */
import { isIP, isIPv6 } from 'node:net';
import { formatAddress } from '../address.js';
import { usageError } from '../bridge-error.js';

export type Destination =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export type TcpDestination = Extract<Destination, { kind: 'tcp' }>;

const UNIX_PREFIX = 'unix:';
const MAX_PORT = 65_535;
/** RFC 1035 §2.3.4, without the final dot. */
const MAX_NAME_LENGTH = 253;

/** @throws BridgeError with exit code 64 */
export function parseDestination(text: string): Destination {
  if (text.startsWith(UNIX_PREFIX) && text.length > UNIX_PREFIX.length) {
    return { kind: 'unix', path: text.slice(UNIX_PREFIX.length) };
  }
  const destination = parseHostPort(text);
  if (destination !== undefined) return destination;
  throw usageError(`"${text}" is not a target`, 'give it as HOST:PORT, [IPV6]:PORT or unix:/PATH');
}

/** Undefined if the text is not HOST:PORT. */
export function parseHostPort(text: string): TcpDestination | undefined {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:/[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const { v6, name = '', port: digits = '' } = match?.groups ?? {};
  const port = Number(digits);
  const host = v6 ?? name.toLowerCase().replace(/\.$/, '');
  const isHost = v6 === undefined ? isHostName(host) : isIPv6(v6) && !v6.includes('%');
  return isHost && port >= 1 && port <= MAX_PORT ? { kind: 'tcp', host, port } : undefined;
}

/**
 * Security: C libraries read `0177.0.0.1`, `2130706433` and `0x7f.1` as addresses. A host name never ends in a numeric
 * label (RFC 3696 §2), so only the usual form of an IPv4 address is left.
 */
function isHostName(text: string): boolean {
  if (isIP(text) === 4) return true;
  const labels = text.split('.');
  return (
    text.length <= MAX_NAME_LENGTH &&
    labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)) &&
    !/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')
  );
}

export function formatDestination(destination: Destination): string {
  if (destination.kind === 'unix') return `${UNIX_PREFIX}${destination.path}`;
  return formatAddress(destination);
}
