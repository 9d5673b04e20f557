/** Keys that stay in WebCrypto, extractable or not: the signing happens there. */
import type { Signer } from '../algorithms/algorithm.js';
import { encodeEcdsaSignature } from '../algorithms/ecdsa.js';
import { ED25519 } from '../algorithms/ed25519.js';
import { encodeSignature } from '../algorithms/signature-blob.js';
import { ConfigurationError } from '../errors.js';
import { CURVES } from './files/key-parts.js';
import { fromPublicJsonWebKey } from './files/json-web-key.js';
import { keyTypeOf } from './public-key.js';

/** What is needed from a `CryptoKey`, wherever its type is declared. */
export interface WebCryptoKey {
  readonly type: string;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** A `CryptoKeyPair`; the public key must be extractable, as all are. */
export interface WebCryptoKeyPair {
  readonly privateKey: WebCryptoKey;
  readonly publicKey: WebCryptoKey;
}

const RSA = 'RSASSA-PKCS1-v1_5';
/** A WebCrypto RSA key signs only over the hash that it was created for. */
const rsaAlgorithms = new Map([
  ['SHA-512', 'rsa-sha2-512'],
  ['SHA-256', 'rsa-sha2-256'],
]);
const HASHES = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const;

interface Way {
  readonly algorithm: string;
  readonly parameters: { readonly name: string; readonly hash?: string };
  readonly encode: (signature: Uint8Array) => Uint8Array;
}

function hashOf({ algorithm }: WebCryptoKey): string {
  if (!('hash' in algorithm)) return '';
  const { hash } = algorithm;
  const isNamed = typeof hash === 'object' && hash !== null && 'name' in hash && typeof hash.name === 'string';
  return isNamed ? String(hash.name) : '';
}

/** How a key signs, according to its public blob. */
function wayOf(publicKey: Uint8Array, key: WebCryptoKey): Way | undefined {
  const type = keyTypeOf(publicKey);
  const { name } = key.algorithm;
  if (type === ED25519 && name === 'Ed25519') {
    return { algorithm: ED25519, parameters: { name }, encode: (bytes) => encodeSignature(ED25519, bytes) };
  }
  const curve = Object.values(CURVES).find((one) => one.name === type);
  if (curve !== undefined && name === 'ECDSA') {
    const parameters = { name, hash: HASHES[curve.hash] };
    return { algorithm: curve.name, parameters, encode: (bytes) => encodeEcdsaSignature(curve, bytes) };
  }
  const algorithm = name === RSA ? rsaAlgorithms.get(hashOf(key)) : undefined;
  if (algorithm === undefined) return undefined;
  return { algorithm, parameters: { name }, encode: (bytes) => encodeSignature(algorithm, bytes) };
}

/**
 * Signs with WebCrypto; the private key need not be extractable. Ed25519, ECDSA over a NIST curve, and
 * RSASSA-PKCS1-v1_5 over SHA-256 or SHA-512. @throws ConfigurationError for any other pair.
 */
export async function webCryptoSigner({ privateKey, publicKey }: WebCryptoKeyPair): Promise<Signer> {
  if (privateKey.type !== 'private' || !privateKey.usages.includes('sign') || publicKey.type !== 'public') {
    throw new ConfigurationError('a signer needs a private key that may sign, and its public key');
  }
  const { blob } = fromPublicJsonWebKey(await crypto.subtle.exportKey('jwk', publicKey));
  const way = wayOf(blob, privateKey);
  if (way === undefined)
    throw new ConfigurationError(`SSH has no signatures by ${privateKey.algorithm.name} as this key makes them`);
  return {
    publicKey: blob,
    algorithms: [way.algorithm],
    sign: async (algorithm, message) => {
      if (algorithm !== way.algorithm) throw new ConfigurationError(`the key does not sign with ${algorithm}`);
      return way.encode(new Uint8Array(await crypto.subtle.sign(way.parameters, privateKey, message)));
    },
  };
}
