/**
 * Named sets: what each role offers of the rows in `table.ts`, as lists that an application could also write. New rows
 * are covered by the patterns; only a row that no pattern matches must be added here.
 */
import type { AlgorithmTables } from './algorithm.js';

/** A list for each kind of row that is not offered in full. */
export type AlgorithmLists = { readonly [Kind in keyof AlgorithmTables]?: string };

export type Side = 'client' | 'server';

export interface NamedSet extends Readonly<Record<Side, AlgorithmLists>> {
  /** What happens to ciphers that the provider leaves out, because its runtime is bad at them. Exchanges that it leaves out are in no set. */
  readonly slow: 'not offered' | 'offered last';
}

/** Post-quantum exchanges, Ed25519, and MACs that are verified before anything is decrypted. */
const green: AlgorithmLists = {
  keyExchanges: 'mlkem768x25519-*,sntrup761x25519-*',
  signatures: 'ssh-ed25519*,sk-ssh-ed25519*',
  macs: '*-etm@openssh.com',
};

export const algorithmSets = {
  /** A client offers everything safe; a server omits what only clients without anything better need. */
  default: { client: {}, server: { keyExchanges: '-ecdh-sha2-*,diffie-hellman-*' }, slow: 'not offered' },
  /** Everything safe. */
  compatible: { client: {}, server: {}, slow: 'offered last' },
  green: { client: green, server: green, slow: 'not offered' },
} as const satisfies Record<string, NamedSet>;

export type AlgorithmSet = keyof typeof algorithmSets;
