/** The lists of a gateway as they are looked up at each visit: whole, so that a reload changes all of it or nothing. */
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
  /** Names that this bridge answers to beside the loopback ones, with the port if there is one. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Pages that may open links. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** Networks of proxies whose word for who is behind them is taken. */
  readonly trust?: readonly string[] | undefined;
  /** What programs show, 32 characters or more. Default: a fresh one; `false` lets everybody in, on loopback only. */
  readonly token?: string | false | undefined;
  /** Makes it `wss:`. A reload renews what is in it. */
  readonly tls?: ServerTls | undefined;
}

export interface Setting {
  readonly lists: AllowLists;
  readonly policy: DestinationPolicy;
  readonly trusted: Networks;
  /** Undefined where none is needed. */
  readonly token: string | undefined;
}

/** What no reload changes. */
export interface SettingBase {
  readonly listen: ListenAddress;
  readonly to: Destination | undefined;
  /** The port that was bound. */
  readonly port: number;
  readonly freshToken: string;
}

/**
 * Security: wrong tokens are counted and answered, but a right one lets in at any time, or else anybody could lock others out by
 * guessing behind the same address. So nothing but its length stands against guesses: 32 characters have 128 bits and more
 * as soon as they come out of a generator.
 */
const MIN_TOKEN_LENGTH = 32;

/** @throws BridgeError when something in the lists is wrong */
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
    // Security: unlike the relay this port serves no pages, so no page has its origin.
    lists: { hosts, origins: new Set((lists.allowOrigins ?? []).map((origin) => origin.toLowerCase())) },
    policy: { allowed, networks: parseNetworks(lists.allowNetworks ?? []) },
    trusted: parseNetworks(lists.trust ?? []),
    token: lists.token === false ? undefined : (lists.token ?? freshToken),
  };
}

function assertToken(token: string): void {
  const make = 'make one with: openssl rand -hex 32';
  if (!/^[\x21-\x7e]*$/.test(token))
    throw usageError('the token has blanks or characters that a header cannot carry', make);
  if (token.length < MIN_TOKEN_LENGTH)
    throw usageError(`the token has ${token.length} characters, of at least ${MIN_TOKEN_LENGTH}`, make);
}

/** Whom a Unix socket lets in is said by its permissions. */
function isLocal({ host, path }: ListenAddress): boolean {
  return path !== undefined || isLoopback(host);
}
