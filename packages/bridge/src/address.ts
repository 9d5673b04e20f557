/** `[HOST:]PORT` as people write it, with IPv6 hosts in brackets (RFC 3986 §3.2.2), and `unix:PATH`. */
import { usageError } from './bridge-error.js';

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** A Unix socket, instead of a host and a port. */
  readonly path?: string | undefined;
}

export const LOOPBACK = '127.0.0.1';
const MAX_PORT = 65_535;

/** @throws BridgeError with exit code 64 */
export function parseListenAddress(text: string): ListenAddress {
  const [, path] = /^unix:(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { host: LOOPBACK, port: 0, path };
  const match = /^(?:(?:\[(?<v6>[0-9a-fA-F:.]+(?:%\w+)?)\]|(?<name>[^:[\]\s]+)):)?(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port'] ?? Number.NaN);
  if (!(port <= MAX_PORT)) {
    throw usageError(
      `"${text}" is not an address to listen on`,
      'give it as PORT, HOST:PORT, [IPV6]:PORT or unix:PATH',
    );
  }
  return { host: match?.groups?.['v6'] ?? match?.groups?.['name'] ?? LOOPBACK, port };
}

export function formatAddress({ host, port, path }: ListenAddress): string {
  if (path !== undefined) return `unix:${path}`;
  return `${formatHost(host)}:${port}`;
}

/** As written in a URL. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The address without the prefix that a dual-stack socket puts before IPv4 (RFC 4291 §2.5.5.2). */
export function plainAddress(address: string | undefined): string {
  return (address ?? 'unknown').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(hostname);
}

/** The host of a URL as sockets expect it: IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** `USER:PASSWORD` of a URL, if it has one. As in curl, a percent sign that escapes nothing stands for itself. */
export function userInfoOf({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : `${unescaped(username)}:${unescaped(password)}`;
}

/** RFC 3986 §2.1; what is not UTF-8 stays as it is. */
function unescaped(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** For messages. Security: leaves out user, password, query and fragment, where people put secrets, in what may be no URL, too. */
export function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, '//…@').replace(/([?#]).*$/s, '$1…');
}

export const HTTP_PORT = 80;
export const HTTPS_PORT = 443;

export function portOf({ port, protocol }: URL): number {
  return port === '' ? defaultPortOf(protocol) : Number(port);
}

/** @param protocol of a URL, with its colon */
export function defaultPortOf(protocol: string): number {
  return protocol === 'wss:' || protocol === 'https:' ? HTTPS_PORT : HTTP_PORT;
}
