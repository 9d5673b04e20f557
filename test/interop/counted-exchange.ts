/** Counts key exchanges: a row that reports each use. */
import { keyExchanges, type AlgorithmTables, type KeyExchangeAlgorithm } from '@nacre/core';

/** A row that behaves like `row`, and how often it has run: once at the start, then once per rekey. */
export function countedRow(row: KeyExchangeAlgorithm): { readonly row: KeyExchangeAlgorithm; count(): number } {
  let exchanges = 0;
  const counted: KeyExchangeAlgorithm = {
    ...row,
    client: (crypto) => {
      exchanges += 1;
      return row.client!(crypto);
    },
    server: (crypto) => {
      exchanges += 1;
      return row.server(crypto);
    },
  };
  return { row: counted, count: () => exchanges };
}

/** Tables with one key exchange. */
export function countedExchange(): { readonly algorithms: Partial<AlgorithmTables>; count(): number } {
  const { row, count } = countedRow(keyExchanges['curve25519-sha256']);
  return { algorithms: { keyExchanges: { 'curve25519-sha256': row } }, count };
}
