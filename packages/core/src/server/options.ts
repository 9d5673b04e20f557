/** What a server's application configures. */
import type { AlgorithmOptions } from '../algorithms/choice.js';
import type { AlgorithmSet } from '../algorithms/sets.js';
import { DEFAULT_CONNECTION_LIMITS, type ConnectionLimits } from '../connection/multiplexer.js';
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
import { DEFAULT_PENALTIES } from './door/penalties.js';
import type { Hooks } from './hooks.js';
import type { IdleTimeouts } from './idle-watch.js';
import type { HostKeySource } from './key-store.js';
import type { LogSink } from './log/log.js';
import type { PasswordVerifier } from './login/password-verifier.js';
import type { Policy } from './login/policy.js';
import type { SessionHandler, SessionObject } from './session/session.js';

/** A source is an IPv4 address, or the /64 around an IPv6 one. */
export interface ServerLimits extends DoorLimits {
  /** Session channels of one connection. */
  readonly sessions: number;
  /** From the start to authentication, and to the end of the first key exchange, in ms. */
  readonly loginGrace: number;
  readonly keyExchangeGrace: number;
  /** Parsed keys that are looked at where the hook `authorizedKeys` gives them; text may have as many as it likes. */
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

/** What is not given, or undefined, is as it is by default, within each kind too. Security: no number would be no limit. */
export function readLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const { penalties, userauth, connection } = given;
  return {
    ...filled(DEFAULT_SERVER_LIMITS, given),
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
   * Private keys, a store that keeps them, or a function that makes them when the first connection comes. Without: an Ed25519 key
   * in memory, and a warning.
   */
  readonly hostKeys?: HostKeySource;
  readonly hooks?: Hooks;
  /** Where log records go besides the hook `log`, unless that keeps one for itself: `jsonLog(write)`, `journalLog(write)`. */
  readonly logger?: LogSink | readonly LogSink[];
  /** Runs shells, commands and subsystems. Without: they are refused, unless the `command` hook serves them. */
  readonly session?: SessionHandler | SessionObject;
  /** What is refused whatever hooks say, and what unless they say otherwise. */
  readonly policy?: Partial<Policy>;
  /** Compares passwords with stored hashes, where the hook `password` leaves that open: `passwords` of `@nacre/core/passwords`. */
  readonly passwords?: PasswordVerifier;
  /** Takes users' certificates, and shows a host's: `certificates` of `@nacre/core/certificates`. */
  readonly certificates?: CertificateSupport;
  /** Keys, and authorities, that nobody gets in by: a list as `parseRevocationList` of `@nacre/core/certificates` reads. */
  readonly revokedKeys?: RevokedKeys;
  /** Shown before the handler of a shell with a terminal, and nowhere else. */
  readonly motd?: Motd;
  /** Serves what the hook `forward` accepts: `forwarding` of the adapter, or of `@nacre/core/forwarding`. Without, nothing is forwarded. */
  readonly forwarding?: Forwarding;
  readonly crypto?: CryptoProvider;
  /** A named set, or what to change in it. `crypto` leaves out what its runtime does badly. */
  readonly algorithms?: AlgorithmSet | AlgorithmOptions;
  /** Least size of an RSA host key, in bits: 3072 if not given, as clients such as ours ask for. */
  readonly requiredRsaSize?: number;
  /** Security: serves ciphers that CVE-2023-48795 concerns to clients that lack strict key exchange. False if not given. */
  readonly allowPrefixTruncation?: boolean;
  readonly limits?: Partial<ServerLimits>;
  /** After what idle and unused connections are ended; never if not given. */
  readonly timeouts?: IdleTimeouts & {
    /** How long a hook may take after authentication, in ms: 30 s if not given. Before, `limits.loginGrace` is the bound. */
    readonly hook?: number;
  };
  readonly rekey?: Partial<RekeyLimits>;
  /** Asks silent clients whether they are still there; they are not asked if not given. */
  readonly keepalive?: KeepaliveOptions;
  /** The software version of the identification string. */
  readonly software?: string;
  /** Where resumed snapshots are remembered; by default in this process. */
  readonly ledger?: SnapshotLedger;
  readonly clock?: Clock;
}
