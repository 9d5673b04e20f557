/** The options of a server. */
import type { AlgorithmOptions } from '../algorithms/choice.js';
import type { AlgorithmSet } from '../algorithms/sets.js';
import { DEFAULT_CONNECTION_LIMITS, type ConnectionLimits } from '../connection/limits.js';
import type { CryptoProvider } from '../crypto/provider.js';
import type { Clock } from '../driver.js';
import type { KeepaliveOptions } from '../engine/deadlines.js';
import type { SnapshotLedger } from '../engine/snapshot.js';
import type { Forwarding } from '../forwarding/connection-forwarding.js';
import type { CertificateSupport, RevokedKeys } from '../keys/authorize.js';
import type { RekeyLimits } from '../transport/rekey.js';
import { DEFAULT_USERAUTH_LIMITS, type UserauthLimits } from '../userauth/server.js';
import type { Motd } from './channels.js';
import type { DoorLimits } from './door/door.js';
import { DEFAULT_PENALTIES, type PenaltyLimits } from './door/penalties.js';
import type { Hooks } from './hooks.js';
import type { IdleTimeouts } from './idle-watch.js';
import type { HostKeySource } from './key-store.js';
import type { LogSink } from './log/log.js';
import type { PasswordVerifier } from './login/password-verifier.js';
import type { Policy } from './login/policy.js';
import type { SessionHandler, SessionObject } from './session/session.js';

/** A source is an IPv4 address, or the /64 of an IPv6 address. */
export interface ServerLimits extends DoorLimits {
  /** Session channels per connection. */
  readonly sessions: number;
  /** Time from the start of the connection to authentication, and to the end of the first key exchange, in ms. */
  readonly loginGrace: number;
  readonly keyExchangeGrace: number;
  /** How many parsed keys from the hook `authorizedKeys` are considered; authorized_keys text may hold any number. */
  readonly maxKeys: number;
  readonly userauth: UserauthLimits;
  readonly connection: ConnectionLimits;
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  unauthenticated: 100,
  unauthenticatedFromSource: 10,
  acceptDelay: 0,
  retryDelay: 0,
  penalties: DEFAULT_PENALTIES,
  sessions: 10,
  loginGrace: 30_000,
  keyExchangeGrace: 20_000,
  maxKeys: 8,
  userauth: DEFAULT_USERAUTH_LIMITS,
  connection: DEFAULT_CONNECTION_LIMITS,
};

/** The limits to change: what is left out keeps its default, in the nested objects too. */
export interface LimitOptions extends Partial<Omit<ServerLimits, 'penalties' | 'userauth' | 'connection'>> {
  readonly penalties?: Partial<PenaltyLimits> | false;
  readonly userauth?: Partial<UserauthLimits>;
  readonly connection?: Partial<ConnectionLimits>;
}

/** Options that are missing or undefined take their default. Security: undefined would mean no limit. */
export function readLimits(given: LimitOptions = {}): ServerLimits {
  const { penalties, userauth, connection, ...others } = given;
  return {
    ...filled(DEFAULT_SERVER_LIMITS, others),
    penalties: penalties === false ? false : filled(DEFAULT_PENALTIES, penalties),
    userauth: filled(DEFAULT_USERAUTH_LIMITS, userauth),
    connection: filled(DEFAULT_CONNECTION_LIMITS, connection),
  };
}

function filled<T extends object>(defaults: T, given: Partial<T> = {}): T {
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

export interface ServerOptions {
  /**
   * Private keys, a store that keeps them, or a function that makes them on the first connection. By default an Ed25519
   * key in memory, with a warning.
   */
  readonly hostKeys?: HostKeySource;
  readonly hooks?: Hooks;
  /** Where log records go unless the hook `log` keeps them: `jsonLog(write)`, `journalLog(write)`. */
  readonly logger?: LogSink | readonly LogSink[];
  /** Runs shells, commands and subsystems. Without it they are refused unless the hook `command` serves them. */
  readonly session?: SessionHandler | SessionObject;
  /** What is refused whatever the hooks say, and what is refused unless a hook accepts it. */
  readonly policy?: Partial<Policy>;
  /** Compares passwords with stored hashes when the hook `password` leaves that open: `passwords` of `@nacre/core/passwords`. */
  readonly passwords?: PasswordVerifier;
  /** Accepts users' certificates and presents the host's: `certificates` of `@nacre/core/certificates`. */
  readonly certificates?: CertificateSupport;
  /** Keys and authorities that are refused: a list as read by `parseRevocationList` of `@nacre/core/certificates`. */
  readonly revokedKeys?: RevokedKeys;
  /**
   * What clients show their user before the login (RFC 4252 §5.4), at most 8 KiB of UTF-8; to be ended by a line feed.
   * Everybody who connects can read it.
   */
  readonly banner?: string;
  /** Shown before the handler of a shell that has a terminal, and nowhere else. */
  readonly motd?: Motd;
  /**
   * Serves what the hook `forward` accepts: `forwarding` of the adapter or of `@nacre/core/forwarding`. By default
   * nothing is forwarded.
   */
  readonly forwarding?: Forwarding;
  readonly crypto?: CryptoProvider;
  /** A named set, or changes to it. `crypto` leaves out what its runtime is slow at or lacks. */
  readonly algorithms?: AlgorithmSet | AlgorithmOptions;
  /** Minimum size of an RSA host key, in bits; 3072 by default, which clients such as ours require. */
  readonly requiredRsaSize?: number;
  /**
   * Security: serves the ciphers affected by CVE-2023-48795 even to clients without strict key exchange. False by
   * default.
   */
  readonly allowPrefixTruncation?: boolean;
  readonly limits?: LimitOptions;
  /** When to end idle and unused connections; never by default. */
  readonly timeouts?: IdleTimeouts & {
    /** How long a hook may take after authentication, in ms; 30 s by default. Before, `limits.loginGrace` applies. */
    readonly hook?: number;
  };
  readonly rekey?: Partial<RekeyLimits>;
  /** Probes clients that are silent; no probes by default. */
  readonly keepalive?: KeepaliveOptions;
  /** The software version of the identification string. */
  readonly software?: string;
  /** Where resumed snapshots are recorded; by default in this process. */
  readonly ledger?: SnapshotLedger;
  readonly clock?: Clock;
}
