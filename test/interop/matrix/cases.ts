/** One case for each row of our tables, opt-in rows included: algorithms among which it is the only choice of its kind. */
import {
  ciphers as usualCiphers,
  compressions,
  keyExchanges as usualExchanges,
  macs as usualMacs,
  signatures as usualSignatures,
  type AlgorithmOptions,
  type AlgorithmTables,
  type KeyTypeName,
  type Negotiated,
} from '@nacre/core';
import { legacy } from '@nacre/core/legacy';
import { zlib } from '@nacre/core/zlib';
import { nodeLegacy } from '@nacre/edge/node-legacy';
import { countedRow } from '../counted-exchange.js';
import { KEY_TYPES } from '../keys.js';

export type Kind = 'key exchange' | 'cipher' | 'MAC' | 'compression' | 'host key' | 'user key';

/** What a peer supports, according to its own KEXINIT. */
export interface Abilities {
  readonly keyExchanges: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly compressions: readonly string[];
  readonly hostKeys: readonly string[];
  readonly userKeys: readonly string[];
}

export interface MatrixCase {
  readonly kind: Kind;
  /** What the test is called. */
  readonly name: string;
  readonly hostKey: KeyTypeName;
  readonly userKey: KeyTypeName;
  /** Everything that a peer must have. */
  readonly needs: Abilities;
  /** Algorithms for one connection, and how many exchanges it has had: all but the first are rekeys. */
  readonly connection: () => { readonly algorithms: AlgorithmOptions; exchanges(): number };
  /** The name in question, and where to find it in what was negotiated. */
  readonly algorithm: string;
  readonly find: (negotiated: Negotiated) => readonly (string | undefined)[];
}

const extra: readonly Partial<AlgorithmTables>[] = [legacy, nodeLegacy, zlib];
const usual: AlgorithmTables = {
  keyExchanges: usualExchanges,
  ciphers: usualCiphers,
  macs: usualMacs,
  signatures: usualSignatures,
  compressions,
};

const allOf = <K extends keyof AlgorithmTables>(kind: K): AlgorithmTables[K] =>
  Object.assign({}, usual[kind], ...extra.map((rows) => rows[kind]));

const keyExchanges = allOf('keyExchanges');
const ciphers = allOf('ciphers');
const macs = allOf('macs');
const signatures = allOf('signatures');

/** What the rest of a connection uses when one kind is in question. All peers have these. */
const PLAIN = {
  keyExchange: 'curve25519-sha256@libssh.org',
  cipher: 'aes128-ctr',
  mac: 'hmac-sha2-256',
  compression: 'none',
  signature: 'ssh-ed25519',
} as const;
type Names = { -readonly [Key in keyof typeof PLAIN]: string } & { readonly userSignature?: string };

/** Ciphers without a MAC of their own are combined with one of each sort: before and after encryption, and over SHA-1. */
const MACS_FOR_CIPHERS = ['hmac-sha2-256', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha1'];

function connectionWith(names: Names): ReturnType<MatrixCase['connection']> {
  const { row, count } = countedRow(keyExchanges[names.keyExchange]!);
  const algorithms: AlgorithmOptions = {
    rows: extra,
    keyExchanges: { [names.keyExchange]: row },
    ciphers: names.cipher,
    macs: names.mac,
    compressions: names.compression,
    hostKeys: names.signature,
    signatures: [...new Set([names.signature, names.userSignature ?? PLAIN.signature])].join(','),
  };
  return { algorithms, exchanges: count };
}

const keyTypeOf = (signature: string): KeyTypeName | undefined =>
  KEY_TYPES.find((type) => type === signatures[signature]?.keyType);

function matrixCase(kind: Kind, name: string, changed: Partial<Names>, find: MatrixCase['find']): MatrixCase {
  const names: Names = { ...PLAIN, ...changed };
  const { keyExchange, cipher, mac, compression, signature, userSignature = PLAIN.signature } = names;
  return {
    kind,
    name: `${kind} ${name}`,
    hostKey: keyTypeOf(signature) ?? PLAIN.signature,
    userKey: keyTypeOf(userSignature) ?? PLAIN.signature,
    needs: {
      keyExchanges: [keyExchange],
      ciphers: [cipher],
      macs: ciphers[cipher]?.aead === true ? [] : [mac],
      compressions: [compression],
      hostKeys: [signature],
      userKeys: [userSignature],
    },
    connection: () => connectionWith(names),
    algorithm: kind === 'user key' ? signature : name.split(' ')[0]!,
    find,
  };
}

const directions = ({ clientToServer, serverToClient }: Negotiated) => [clientToServer, serverToClient] as const;

export const MATRIX: readonly MatrixCase[] = [
  ...Object.keys(keyExchanges).map((name) =>
    matrixCase('key exchange', name, { keyExchange: name }, ({ keyExchange }) => [keyExchange]),
  ),
  ...Object.entries(ciphers).flatMap(([name, { aead }]) => {
    const find = (negotiated: Negotiated): string[] => directions(negotiated).map(({ cipher }) => cipher);
    if (aead) return matrixCase('cipher', name, { cipher: name }, find);
    return MACS_FOR_CIPHERS.map((mac) => matrixCase('cipher', `${name} with ${mac}`, { cipher: name, mac }, find));
  }),
  ...Object.keys(macs).map((name) =>
    matrixCase('MAC', name, { mac: name }, (negotiated) => directions(negotiated).map(({ mac }) => mac)),
  ),
  ...Object.keys(zlib.compressions).map((name) =>
    matrixCase('compression', name, { compression: name }, (negotiated) =>
      directions(negotiated).map(({ compression }) => compression),
    ),
  ),
  // There is no security key here to use.
  ...Object.keys(signatures)
    .filter((name) => keyTypeOf(name) !== undefined)
    .flatMap((name) => [
      matrixCase('host key', name, { signature: name }, ({ hostKey }) => [hostKey]),
      matrixCase('user key', name, { userSignature: name }, ({ hostKey }) => [hostKey]),
    ]),
];

/** Whether a peer has everything that a case needs. */
export function isAble(abilities: Abilities, { needs }: MatrixCase): boolean {
  return Object.keys(needs).every((kind) => {
    const key = kind as keyof Abilities;
    return needs[key].every((name) => abilities[key].includes(name));
  });
}
