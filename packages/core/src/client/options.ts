/** What a client's application configures. */
import type { AlgorithmOptions } from '../algorithms/choice.js';
import type { AlgorithmSet } from '../algorithms/sets.js';
import type { Awaitable, CryptoProvider } from '../crypto/provider.js';
import type { Clock } from '../driver.js';
import type { KeepaliveOptions } from '../engine/deadlines.js';
import { ConfigurationError } from '../errors.js';
import type { HostKeyUpdates } from '../keys/index.js';
import type { RekeyLimits } from '../transport/rekey.js';
import type { Credential } from '../userauth/keyboard-interactive-credential.js';

/** What a verifier is shown: a key whose signature over this connection holds. */
export interface OfferedHostKey {
  readonly algorithm: string;
  /** The public key blob. */
  readonly blob: Uint8Array;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Judges a server's host key: `true` (or `'trusted'`) accepts it, anything else, or a throw, ends the connection. */
export interface HostKeyVerifier {
  (key: OfferedHostKey): Awaitable<boolean | 'trusted' | 'unknown' | 'changed' | 'revoked'>;
  /** Whether it judges certificates: then the client asks for these first. Their authority's signature holds when it is asked. */
  readonly takesCertificates?: boolean;
}

export interface ConnectOptions {
  readonly user: string;
  readonly verifyHostKey: HostKeyVerifier;
  /** Tried in turn. Without, `connect` stops once the host key is accepted: go on with `client.authenticate`. */
  readonly credentials?: Iterable<Credential> | AsyncIterable<Credential>;
  /** What the server says before authentication; its control characters are still in it. */
  readonly onBanner?: (text: string) => void;
  /** Aborting ends the connection, at any time. */
  readonly signal?: AbortSignal;
  /** From the start to authentication, in ms. A verifier that never settles ends with it too. */
  readonly timeout?: number;
  readonly crypto?: CryptoProvider;
  /** A named set, or what to change in it. `crypto` leaves out what its runtime does badly. */
  readonly algorithms?: AlgorithmSet | AlgorithmOptions;
  /** Least size of an RSA host key, in bits: 3072 if not given, 2048 for hosts of old. */
  readonly requiredRsaSize?: number;
  /** Security: takes ciphers that CVE-2023-48795 concerns from servers that lack strict key exchange. False if not given. */
  readonly allowPrefixTruncation?: boolean;
  readonly rekey?: Partial<RekeyLimits>;
  /** Asks a silent server whether it is still there; not asked if not given. */
  readonly keepalive?: KeepaliveOptions;
  /**
   * Learns the keys that the server announces, as `knownHosts.updates(host, port, save)` does. Security: only where
   * `verifyHostKey` said 'trusted', that is, where the key was known, and never for a certificate.
   */
  readonly hostKeyUpdates?: HostKeyUpdates;
  readonly software?: string;
  readonly clock?: Clock;
}

/** Accepts whatever key the server has, and warns each time: for tests, and for nothing else. @throws ConfigurationError without `warn`. */
export function acceptAnyHostKey(warn: (message: string) => void): HostKeyVerifier {
  if (typeof warn !== 'function')
    throw new ConfigurationError('nobody would be warned: acceptAnyHostKey(console.warn)');
  return ({ fingerprint: shown }) => {
    warn(`the host key ${shown} is accepted without being checked: anyone in between can read and change everything`);
    return true;
  };
}
