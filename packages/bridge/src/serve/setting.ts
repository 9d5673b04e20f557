/** The lists of a gateway, looked up at each visit: one value, so that a reload changes everything or nothing. */
import { formatHost, isLoopback, type ListenAddress } from '../address.js';
import { usageError } from '../bridge-error.js';
import { allowLists, hostsOf, type AllowLists } from '../http/access.js';
import type { ServerTls } from '../http/http-server.js';
import type { Destination } from '../net/destination.js';
import { parseNetworks, type Networks } from '../net/networks.js';
import { parseAllowedDestinations } from './allowed-destinations.js';
import type { DestinationPolicy } from './resolve.js';

/** What a reload may change. */
export interface ServeLists {
  /** Targets that a path may name: `HOST:PORT`, `*.SUFFIX:PORT`, `ADDRESS/PREFIX:PORT`. */
  readonly allowTargets?: readonly string[] | undefined;
  /** Private networks that listed names may lead into. */
  readonly allowNetworks?: readonly string[] | undefined;
  /** Names that this bridge answers to besides the loopback ones, with the port if there is one. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Pages that may open links. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** Networks of proxies that are believed when they say who is behind them. */
  readonly trust?: readonly string[] | undefined;
  /** What programs show, 32 characters or more. Default: a fresh token; `false` lets everybody in, on loopback only. */
  readonly token?: string | false | undefined;
  /** Makes it `wss:`. A reload replaces the certificates. */
  readonly tls?: ServerTls | undefined;
}

export interface Setting {
  readonly lists: AllowLists;
  readonly policy: DestinationPolicy;
  readonly trusted: Networks;
  /** Undefined if none is needed. */
  readonly token: string | undefined;
}

/** What a reload cannot change. */
export interface SettingBase {
  readonly listen: ListenAddress;
  readonly to: Destination | undefined;
  /** The port that was bound. */
  readonly port: number;
  readonly freshToken: string;
}

/**
 * Security: wrong tokens are counted, but the right one is accepted at any time; otherwise anybody behind the same address
 * could lock others out by guessing. So only its length protects the token: 32 characters out of a generator have 128 bits
 * or more.
 */
const MIN_TOKEN_LENGTH = 32;

/** @throws BridgeError if the lists contain a mistake */
export function createSetting(lists: ServeLists, { listen, to, port, freshToken }: SettingBase): Setting {
  const allowed = parseAllowedDestinations(lists.allowTargets ?? []);
  if (to === undefined && allowed.isEmpty) {
    throw usageError('there is no target', 'give --to HOST:PORT, or list what paths may name with --allow-target');
  }
  if (lists.token === false && !isLocal(listen)) {
    throw usageError('--no-token is for loopback only', 'listen on 127.0.0.1, or leave --no-token out');
  }
  if (typeof lists.token === 'string') assertToken(lists.token);
  const own = listen.path === undefined ? hostsOf(formatHost(listen.host), port) : [];
  const { hosts } = allowLists(port, [...own, ...(lists.allowHosts ?? [])], []);
  return {
    // Security: unlike the relay's, this port serves no pages, so its own origin is not allowed.
    lists: { hosts, origins: new Set((lists.allowOrigins ?? []).map((origin) => origin.toLowerCase())) },
    policy: { allowed, networks: parseNetworks(lists.allowNetworks ?? []) },
    trusted: parseNetworks(lists.trust ?? []),
    token: lists.token === false ? undefined : (lists.token ?? freshToken),
  };
}

function assertToken(token: string): void {
  const make = 'make one with: openssl rand -hex 32';
  if (!/^[\x21-\x7e]*$/.test(token))
    throw usageError('the token contains spaces or characters that a header cannot carry', make);
  if (token.length < MIN_TOKEN_LENGTH)
    throw usageError(`the token has ${token.length} characters; the minimum is ${MIN_TOKEN_LENGTH}`, make);
}

/** A Unix socket counts as local: its permissions say who may connect. */
function isLocal({ host, path }: ListenAddress): boolean {
  return path !== undefined || isLoopback(host);
}
