/** RFC 4253 §7.2: the keys derived from an exchange, against answers from Python's `hashlib`. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { keyExchanges } from '../../../packages/core/src/algorithms/table.js';
import { keyDerivation, type Direction } from '../../../packages/core/src/transport/key-derivation.js';
import { ascii, concatenate, hex } from '../bytes.js';
import { proof, requireSame } from '../proof.js';

/** The highest bit is set, so that an mpint has a zero before it. */
const SECRET = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0x80 : index));
const SESSION_ID = Uint8Array.from({ length: 32 }, (_, index) => 64 + index);
/** A MAC key longer than two of any hash. */
const LENGTHS = { ivLength: 16, keyLength: 32, macKeyLength: 150 };
const DIRECTIONS: readonly Direction[] = ['clientToServer', 'serverToClient'];

/** SHA-256 of what is derived for both directions, each its IV, key and MAC key, where H is the hash of `exchange`. */
const ANSWERS = {
  'curve25519-sha256': '42c6600725e7c08288a34594e7a3376d7d0a0ee3c369d1b7c1f485c20c54983b',
  'ecdh-sha2-nistp384': 'df55fee82b3f7a34caf7365be21abf91f83e6c2dbbbc629c6155d2df2bba83d9',
  'sntrup761x25519-sha512': '838e11a63b8afbdfe8df37c65b6d13c4184bd0bc96bcc740776c0fe63a0acb05',
} as const;

function derive(provider: CryptoProvider, name: keyof typeof ANSWERS): void {
  const row = keyExchanges[name];
  const hash = provider.hash(row.hash, ascii('exchange'));
  const keysOf = keyDerivation(provider, row, { sharedSecret: SECRET, hash, sessionId: SESSION_ID });
  const keys = DIRECTIONS.map((direction) => keysOf(direction, LENGTHS));
  const derived = concatenate(...keys.flatMap(({ iv, key, macKey }) => [iv, key, macKey]));
  requireSame(provider.hash('sha256', derived), hex(ANSWERS[name]));
}

export const keyDerivations = [
  proof('RFC 4253 §7.2: key derivation', ['hash'], {
    'SHA-256, an mpint': (provider) => derive(provider, 'curve25519-sha256'),
    'SHA-384, an mpint': (provider) => derive(provider, 'ecdh-sha2-nistp384'),
    'SHA-512, a string': (provider) => derive(provider, 'sntrup761x25519-sha512'),
  }),
];
