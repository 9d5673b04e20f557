/** sshd_config(5), PermitOpen and PermitListen: a `forward` hook made from rules. */
import { ConfigurationError } from '../errors.js';
import { isPermittedSource } from '../keys/source-address.js';
import { requireNames } from '../option.js';
import { matchesPattern } from '../wire/wildcard.js';
import type { ForwardRequest } from './request.js';

/** What anybody may have forwarded; nothing else is allowed. */
export interface ForwardRules {
  /** Where clients may connect to: `host:port`, with `*` and `?` in the host and `*` for any port; `[::1]:80` for IPv6. */
  readonly open?: readonly string[];
  /** Where they may have the server listen: the same, or just a port for any host. */
  readonly listen?: readonly string[];
  /** Paths of Unix sockets to connect to and to listen on, with `*` and `?`. */
  readonly openPaths?: readonly string[];
  readonly listenPaths?: readonly string[];
  readonly agent?: boolean;
  readonly x11?: boolean;
  /** Security: whether a rule with a pattern for its host matches non-public addresses. A host named in full always does. */
  readonly privateAddresses?: boolean;
}

const RULES: Readonly<Record<keyof ForwardRules, true>> = {
  open: true,
  listen: true,
  openPaths: true,
  listenPaths: true,
  agent: true,
  x11: true,
  privateAddresses: true,
};

/** RFC 6890: the allocated addresses, without those that are only reachable locally or stand for others. */
const PUBLIC_ADDRESSES = [
  '0.0.0.0/0,!0.0.0.0/8,!10.0.0.0/8,!100.64.0.0/10,!127.0.0.0/8,!169.254.0.0/16,!172.16.0.0/12,!192.0.0.0/24,!192.0.2.0/24',
  '!192.88.99.0/24,!192.168.0.0/16,!198.18.0.0/15,!198.51.100.0/24,!203.0.113.0/24,!224.0.0.0/3',
  '2000::/3,!2001::/23,!2001:db8::/32,!2002::/16,!3fff::/20',
].join(',');

/** Whether a numeric address is on the public internet. */
export function isPublicAddress(address: string): boolean {
  return isPermittedSource(PUBLIC_ADDRESSES, address);
}

interface Endpoint {
  readonly host: string;
  readonly port: number | '*';
}

/**
 * A `forward` hook that returns `allowed` if a rule permits the request, and otherwise nothing: `hooks: { forward:
 * permit({ open: ['db.internal:5432'] }, accept) }`.
 * @throws ConfigurationError for an unknown or malformed rule.
 */
export function permit<A>(rules: ForwardRules, allowed: A): (request: ForwardRequest) => Promise<A | undefined> {
  requireNames('the rules', Object.keys(rules), RULES);
  for (const [name, value] of Object.entries(rules)) {
    if (typeof value === 'string')
      throw new ConfigurationError(`the rule "${name}" must be a list or true, not a string`);
  }
  const open = (rules.open ?? []).map((rule) => parseEndpoint(rule));
  const listen = (rules.listen ?? []).map((rule) => parseEndpoint(/^(?:\d+|\*)$/.test(rule) ? `*:${rule}` : rule));
  const isAllowed = async (request: ForwardRequest): Promise<boolean> => {
    switch (request.type) {
      case 'direct-tcpip':
        return mayOpen(open, request, rules.privateAddresses === true);
      case 'tcpip-forward':
        return listen.some((rule) => matches(rule, request));
      case 'direct-streamlocal@openssh.com':
        return (rules.openPaths ?? []).some((pattern) => matchesPath(pattern, request.path));
      case 'streamlocal-forward@openssh.com':
        return (rules.listenPaths ?? []).some((pattern) => matchesPath(pattern, request.path));
      case 'auth-agent-req@openssh.com':
        return rules.agent === true;
      case 'x11-req':
        return rules.x11 === true;
    }
  };
  return async (request) => ((await isAllowed(request)) ? allowed : undefined);
}

async function mayOpen(
  rules: readonly Endpoint[],
  request: Extract<ForwardRequest, { readonly type: 'direct-tcpip' }>,
  privateAddresses: boolean,
): Promise<boolean> {
  const matching = rules.filter((rule) => matches(rule, request));
  if (matching.length === 0) return false;
  if (privateAddresses || matching.some(({ host }) => !isPattern(host))) return true;
  const addresses = await request.resolve();
  return addresses.length > 0 && addresses.every((address) => isPublicAddress(address));
}

function matches(rule: Endpoint, { host, port }: { readonly host: string; readonly port: number }): boolean {
  return (rule.port === '*' || rule.port === port) && matchesPattern(rule.host, host.toLowerCase());
}

/** Security: a path with `..` is not the path that a pattern seems to name. */
function matchesPath(pattern: string, path: string): boolean {
  return !path.split('/').includes('..') && matchesPattern(pattern, path);
}

function isPattern(host: string): boolean {
  return /[*?]/.test(host);
}

function parseEndpoint(rule: string): Endpoint {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5}|\*)$/.exec(rule) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (port !== '*' && Number(port) > 65_535))
    throw new ConfigurationError(`"${rule}" is not a host and port: write host:port, *:port or [address]:port`);
  return { host: host.toLowerCase(), port: port === '*' ? port : Number(port) };
}
