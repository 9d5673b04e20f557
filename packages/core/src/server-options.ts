/** What a server's application configures. */
import type { Signer } from './algorithms/algorithm.js';
import type { AlgorithmOptions } from './algorithms/choice.js';
import type { AlgorithmSet } from './algorithms/sets.js';
import { DEFAULT_CONNECTION_LIMITS, type ConnectionLimits } from './connection/multiplexer.js';
import type { Awaitable, CryptoProvider } from './crypto/provider.js';
import type { DoorLimits } from './door.js';
import type { Clock } from './driver.js';
import { checkKeepalive, type KeepaliveOptions } from './engine-deadlines.js';
import { ConfigurationError } from './errors.js';
import { checkHooks, type Hooks } from './hooks.js';
import { checkTimeouts, type IdleTimeouts } from './idle-watch.js';
import { DEFAULT_PENALTIES } from './penalties.js';
import type { SessionHandler, SessionObject } from './session.js';
import type { SnapshotLedger } from './snapshot.js';
import { rekeyLimits, type RekeyLimits } from './transport/rekey.js';
import { DEFAULT_USERAUTH_LIMITS, type UserauthLimits } from './userauth/server.js';

/** A source is an IPv4 address, or the /64 around an IPv6 one. */
export interface ServerLimits extends DoorLimits {
  /** Session channels of one connection. */
  readonly sessions: number;
  /** From the start to authentication, and to the end of the first key exchange, in ms. */
  readonly loginGrace: number;
  readonly keyExchangeGrace: number;
  readonly userauth: UserauthLimits;
  readonly connection: ConnectionLimits;
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  unauthenticated: 100,
  unauthenticatedFromSource: 10,
  earlyDrop: { from: 30, rate: 0.3 },
  acceptDelay: 0,
  retryDelay: 0,
  penalties: DEFAULT_PENALTIES,
  sessions: 10,
  loginGrace: 30_000,
  keyExchangeGrace: 20_000,
  userauth: DEFAULT_USERAUTH_LIMITS,
  connection: DEFAULT_CONNECTION_LIMITS,
};

export interface ServerOptions {
  /** Private keys, or a function that makes them when the first connection comes. Without: an Ed25519 key in memory, and a warning. */
  readonly hostKeys?: readonly Signer[] | (() => Awaitable<readonly Signer[]>);
  readonly hooks?: Hooks;
  /** Runs shells, commands and subsystems. Without: they are refused, unless the `command` hook serves them. */
  readonly session?: SessionHandler | SessionObject;
  readonly crypto?: CryptoProvider;
  /** A named set, or what to change in it. */
  readonly algorithms?: AlgorithmSet | AlgorithmOptions;
  /** Least size of an RSA host key, in bits: 3072 if not given, as clients such as ours ask for. */
  readonly requiredRsaSize?: number;
  /** Security: serves ciphers that CVE-2023-48795 concerns to clients that lack strict key exchange. False if not given. */
  readonly allowPrefixTruncation?: boolean;
  readonly limits?: Partial<ServerLimits>;
  /** After what idle and unused connections are ended; never if not given. */
  readonly timeouts?: IdleTimeouts;
  readonly rekey?: Partial<RekeyLimits>;
  /** Asks silent clients whether they are still there; they are not asked if not given. */
  readonly keepalive?: KeepaliveOptions;
  /** The software version of the identification string. */
  readonly software?: string;
  /** Where resumed snapshots are remembered; by default in this process. */
  readonly ledger?: SnapshotLedger;
  readonly clock?: Clock;
}

const OPTION_NAMES: Readonly<Record<keyof ServerOptions, true>> = {
  hostKeys: true,
  hooks: true,
  session: true,
  crypto: true,
  algorithms: true,
  requiredRsaSize: true,
  allowPrefixTruncation: true,
  limits: true,
  timeouts: true,
  rekey: true,
  keepalive: true,
  software: true,
  ledger: true,
  clock: true,
};

/** @throws ConfigurationError for an option that does not exist or is of the wrong kind. */
export function checkServerOptions(options: ServerOptions): void {
  for (const name of Object.keys(options)) {
    if (!(name in OPTION_NAMES)) {
      throw new ConfigurationError(
        `there is no server option "${name}"; there are ${Object.keys(OPTION_NAMES).join(', ')}`,
      );
    }
  }
  checkHooks(options.hooks ?? {});
  rekeyLimits(options.rekey);
  checkKeepalive(options.keepalive);
  checkTimeouts(options.timeouts ?? {});
}
