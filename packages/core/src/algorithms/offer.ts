/** RFC 4253 §7.1: what one side offers: rows, and the order in which its KEXINIT names them. */
import type { CryptoProvider } from '../crypto/provider.js';
import type { AlgorithmTables } from './algorithm.js';

/** Names of one direction, most preferred first. */
export interface DirectionOffer {
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly compressions: readonly string[];
}

export interface Offer {
  readonly keyExchanges: readonly string[];
  /** Signature algorithms that a host key may use. */
  readonly hostKeys: readonly string[];
  readonly clientToServer: DirectionOffer;
  readonly serverToClient: DirectionOffer;
}

/** Everything that negotiation and the steps after it need to know. */
export interface OfferedAlgorithms {
  readonly tables: AlgorithmTables;
  readonly offer: Offer;
}

/** What a server or client is created with, whether chosen or by default. */
export interface ChosenParts<Source = CryptoProvider> {
  readonly crypto: Source;
  readonly algorithms: OfferedAlgorithms;
}

/** Names of the rows that hosts may use; the others are only for users. */
export function hostKeyNames(signatures: AlgorithmTables['signatures']): readonly string[] {
  return Object.keys(signatures).filter((name) => signatures[name]?.provesHosts);
}

/** Offers every row, in the order of the tables. */
export function offerAll(tables: AlgorithmTables): OfferedAlgorithms {
  const direction: DirectionOffer = {
    ciphers: Object.keys(tables.ciphers),
    macs: Object.keys(tables.macs),
    compressions: Object.keys(tables.compressions),
  };
  const offer: Offer = {
    keyExchanges: Object.keys(tables.keyExchanges),
    hostKeys: hostKeyNames(tables.signatures),
    clientToServer: direction,
    serverToClient: direction,
  };
  return { tables, offer };
}
