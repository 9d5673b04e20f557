/** The transport's options, and the events it emits. */
import type { AlgorithmTables, Signer } from '../algorithms/algorithm.js';
import type { Offer } from '../algorithms/offer.js';
import type { Awaitable, CryptoProvider } from '../crypto/provider.js';
import type { Role } from './gate.js';
import type { RekeyLimits } from './rekey.js';

export interface TransportOptions {
  readonly role: Role;
  readonly crypto: CryptoProvider;
  /** The available rows, and the order in which KEXINIT names them. */
  readonly tables: AlgorithmTables;
  readonly offer: Offer;
  /** The software version of the identification string. */
  readonly software: string;
  /** A server's host keys, most preferred first. */
  readonly hostKeys: readonly Signer[];
  readonly verifyHostKey: (hostKey: Uint8Array, algorithm: string) => Awaitable<void>;
  readonly rekey: RekeyLimits;
  /** Accepts no larger packets after authentication than before. */
  readonly isSmall?: boolean;
  /** Lets a peer without strict key exchange use the ciphers affected by CVE-2023-48795. */
  readonly allowPrefixTruncation: boolean;
}

/** What the transport tells the engine. */
export interface TransportEvents {
  /** Keys are in use in both directions for the first time. */
  established(): undefined;
  serviceRequest(name: string): Awaitable<undefined>;
  serviceAccept(name: string): Awaitable<undefined>;
  /** True while channels have data that the transport does not let them send. */
  isSending(): boolean;
}
