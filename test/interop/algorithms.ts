/** One case for each algorithm that we offer: tables in which it is the only choice of its kind. */
import {
  ciphers,
  keyExchanges,
  macs,
  signatures,
  type AlgorithmTables,
  type KeyExchangeAlgorithm,
  type Negotiated,
} from '@nacre/core';
import { KEY_TYPES } from './keys.js';

export interface AlgorithmCase {
  readonly algorithm: string;
  readonly tables: Partial<AlgorithmTables>;
  readonly keyType: (typeof KEY_TYPES)[number];
  /** Finds the algorithm in what was negotiated. */
  readonly find: (negotiated: Negotiated) => readonly (string | undefined)[];
}

/** MACs are used with ciphers that bring none of their own. */
const PLAIN_CIPHER = { 'aes256-ctr': ciphers['aes256-ctr'] };

function pick<T>(table: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(table).filter(([key]) => key === name));
}

const ALGORITHM_CASES: readonly AlgorithmCase[] = [
  ...Object.keys(keyExchanges).map((algorithm): AlgorithmCase => ({
    algorithm,
    keyType: 'ssh-ed25519',
    tables: { keyExchanges: pick(keyExchanges, algorithm) },
    find: ({ keyExchange }) => [keyExchange],
  })),
  ...Object.keys(ciphers).map((algorithm): AlgorithmCase => ({
    algorithm,
    keyType: 'ssh-ed25519',
    tables: { ciphers: pick(ciphers, algorithm) },
    find: ({ clientToServer, serverToClient }) => [clientToServer.cipher, serverToClient.cipher],
  })),
  ...Object.keys(macs).map((algorithm): AlgorithmCase => ({
    algorithm,
    keyType: 'ssh-ed25519',
    tables: { ciphers: PLAIN_CIPHER, macs: pick(macs, algorithm) },
    find: ({ clientToServer, serverToClient }) => [clientToServer.mac, serverToClient.mac],
  })),
  ...Object.entries(signatures).flatMap(([algorithm, row]): AlgorithmCase[] => {
    // There is no security key here that a host could have.
    const keyType = KEY_TYPES.find((type) => type === row.keyType);
    if (keyType === undefined) return [];
    const tables = { signatures: pick(signatures, algorithm) };
    return [{ algorithm, keyType, tables, find: ({ hostKey }) => [hostKey] }];
  }),
];

/** Tables with one key exchange, and how often it has been run: once at the start, then once a rekey. */
export function countedExchange(): { readonly algorithms: Partial<AlgorithmTables>; count(): number } {
  const row: KeyExchangeAlgorithm = keyExchanges['curve25519-sha256'];
  let exchanges = 0;
  const counted: KeyExchangeAlgorithm = {
    ...row,
    client: (crypto) => {
      exchanges += 1;
      return row.client(crypto);
    },
    server: (crypto) => {
      exchanges += 1;
      return row.server(crypto);
    },
  };
  return { algorithms: { keyExchanges: { 'curve25519-sha256': counted } }, count: () => exchanges };
}

/** Those that a peer has too. */
export function casesFor(supports: (algorithm: string) => boolean): readonly AlgorithmCase[] {
  return ALGORITHM_CASES.filter(({ algorithm }) => supports(algorithm));
}
