/** Who may talk to an HTTP port: Host (RFC 9110 §7.2), Origin (RFC 6454 §7), token and ticket. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HTTP_PORT, HTTPS_PORT } from '../address.js';
import { MAX_HEADER_FIELDS } from './http-server.js';

/** An answer in place of the requested one. */
export interface Denial {
  readonly status: 400 | 401 | 403 | 404 | 405 | 410 | 421 | 426 | 429 | 431 | 503;
  readonly message: string;
  /** The methods that a 405 names (RFC 9110 §10.2.1), if not GET and HEAD. */
  readonly allow?: string;
}

export interface AllowLists {
  /** Lower case, with the port unless it is the default one. */
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'] as const;

/** The loopback names on `port`, which is 0 for a Unix socket, and what the operator added. Our own pages use `http:`. */
export function allowLists(port: number, hosts: readonly string[], origins: readonly string[]): AllowLists {
  const ownHosts = LOOPBACK_NAMES.flatMap((name) => hostsOf(name, port));
  const ownOrigins = LOOPBACK_NAMES.map((name) => `http://${port === HTTP_PORT ? name : `${name}:${port}`}`);
  return {
    hosts: new Set([...ownHosts, ...hosts.map((host) => host.toLowerCase())]),
    origins: new Set([...ownOrigins, ...origins.map((origin) => origin.toLowerCase())]),
  };
}

/** The Host values that mean this port of `name`: clients leave out the default port of `http:` or `https:`. */
export function hostsOf(name: string, port: number): readonly string[] {
  if (port === 0 || port === HTTP_PORT) return [name];
  return port === HTTPS_PORT ? [name, `${name}:${port}`] : [`${name}:${port}`];
}

/** Checks what every request must satisfy: its form and its Host. */
export function checkRequest(request: IncomingMessage, lists: AllowLists): Denial | undefined {
  if (request.rawHeaders.length / 2 > MAX_HEADER_FIELDS) return { status: 431, message: 'too many header fields' };
  // An absolute-form target would name a second host (RFC 9112 §3.2.2).
  if (request.url?.startsWith('/') !== true) return { status: 400, message: 'only origin-form targets' };
  const hosts = request.headersDistinct['host'] ?? [];
  if (hosts.length !== 1) return { status: 400, message: 'exactly one Host' };
  if (!lists.hosts.has((hosts[0] ?? '').toLowerCase())) {
    return { status: 421, message: 'this host name is not served here; the operator can add it with --allow-host' };
  }
  return undefined;
}

/** Checks where a request comes from: an allowed page, or no page at all. */
export function checkOrigin(request: IncomingMessage, lists: AllowLists): Denial | undefined {
  if ((request.headersDistinct['origin'] ?? []).length > 0) {
    return hasAllowedOrigin(request, lists) ? undefined : FOREIGN_ORIGIN;
  }
  // A browser always sends Origin with an upgrade; one that did not would still send these fields (Fetch Metadata).
  const isBrowser = Object.keys(request.headers).some((name) => name.startsWith('sec-fetch-'));
  return isBrowser ? NO_BROWSER : undefined;
}

const FOREIGN_ORIGIN: Denial = {
  status: 403,
  message: 'pages of this origin are not let in; the operator can add it with --allow-origin',
};

const NO_BROWSER: Denial = { status: 403, message: 'a browser must send Origin' };

/** Checks who may read the token: a page of this relay, or of an allowed origin. */
export function checkTokenReader(request: IncomingMessage, lists: AllowLists): Denial | undefined {
  if (request.headers.origin !== undefined) return hasAllowedOrigin(request, lists) ? undefined : FOREIGN_ORIGIN;
  if (request.headers['sec-fetch-site'] === 'same-origin') return undefined;
  return { status: 403, message: 'only for pages of this relay' };
}

/** The origin to name in Access-Control-Allow-Origin. */
export function hasAllowedOrigin(request: IncomingMessage, lists: AllowLists): boolean {
  const [origin, ...more] = request.headersDistinct['origin'] ?? [];
  return origin !== undefined && more.length === 0 && lists.origins.has(origin.toLowerCase());
}

/** Security: compares in constant time; hashing first makes the lengths equal. */
export function isSecret(given: string | undefined, secret: string): boolean {
  return given !== undefined && timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

export function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer +([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The target without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** The subprotocols offered (RFC 6455 §4.1), in order. */
export function offeredProtocols(request: IncomingMessage): readonly string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
}

/** The secret that a page carries as a subprotocol entry, such as `nacre.token.…`. */
export function protocolSecret(request: IncomingMessage, prefix: string): string | undefined {
  return offeredProtocols(request)
    .find((name) => name.startsWith(prefix))
    ?.slice(prefix.length);
}
