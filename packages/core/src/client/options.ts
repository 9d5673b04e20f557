/** The options of a client. */
import type { AlgorithmOptions } from '../algorithms/choice.js';
import type { AlgorithmSet } from '../algorithms/sets.js';
import type { Awaitable, CryptoProvider } from '../crypto/provider.js';
import type { Clock } from '../driver.js';
import type { KeepaliveOptions } from '../engine/deadlines.js';
import { ConfigurationError } from '../errors.js';
import type { HostKeyUpdates } from '../keys/index.js';
import type { RekeyLimits } from '../transport/rekey.js';
import type { Credential } from '../userauth/keyboard-interactive-credential.js';

/** What a verifier is given: a key whose signature over this connection has been verified. */
export interface OfferedHostKey {
  readonly algorithm: string;
  /** The public key blob. */
  readonly blob: Uint8Array;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Judges a server's host key: `true` (or `'trusted'`) accepts it; anything else, or a throw, ends the connection. */
export interface HostKeyVerifier {
  (key: OfferedHostKey): Awaitable<boolean | 'trusted' | 'unknown' | 'changed' | 'revoked'>;
  /** Whether it judges certificates: if so, the client asks for these first. Their signatures are verified beforehand. */
  readonly takesCertificates?: boolean;
  /**
   * Types of the keys that the host is known by, such as `ecdsa-sha2-nistp256`: the client asks for these first, unless
   * `algorithms.hostKeys` has an order of its own.
   */
  readonly keyTypes?: readonly string[];
}

export interface ConnectOptions {
  readonly user: string;
  readonly verifyHostKey: HostKeyVerifier;
  /** Tried in turn. If omitted, `connect` stops once the host key is accepted: continue with `client.authenticate`. */
  readonly credentials?: Iterable<Credential> | AsyncIterable<Credential>;
  /** What the server says before authentication; control characters are not removed. */
  readonly onBanner?: (text: string) => void;
  /** Aborting ends the connection, at any time. */
  readonly signal?: AbortSignal;
  /** Time from the start to authentication, in ms. It also ends the wait for a verifier that never settles. */
  readonly timeout?: number;
  readonly crypto?: CryptoProvider;
  /** A named set, or changes to it. `crypto` leaves out what its runtime is slow at or lacks. */
  readonly algorithms?: AlgorithmSet | AlgorithmOptions;
  /** Minimum size of an RSA host key, in bits; 3072 by default. Old hosts may need 2048. */
  readonly requiredRsaSize?: number;
  /**
   * Security: accepts the ciphers affected by CVE-2023-48795 even from servers without strict key exchange. False by
   * default.
   */
  readonly allowPrefixTruncation?: boolean;
  readonly rekey?: Partial<RekeyLimits>;
  /** Probes a server that is silent; no probes by default. */
  readonly keepalive?: KeepaliveOptions;
  /**
   * Learns the keys that the server announces, as `knownHosts.updates(host, port, save)` does. Security: only if
   * `verifyHostKey` returned 'trusted', that is, if the key was known, and never for a certificate.
   */
  readonly hostKeyUpdates?: HostKeyUpdates;
  readonly software?: string;
  readonly clock?: Clock;
}

/** Accepts any host key, and warns each time: only for tests. @throws ConfigurationError without `warn`. */
export function acceptAnyHostKey(warn: (message: string) => void): HostKeyVerifier {
  if (typeof warn !== 'function')
    throw new ConfigurationError('nobody would be warned: acceptAnyHostKey(console.warn)');
  return ({ fingerprint: shown }) => {
    warn(`the host key ${shown} is accepted without being checked: anyone in between can read and change everything`);
    return true;
  };
}
