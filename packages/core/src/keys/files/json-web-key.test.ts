/** JSON Web Keys, compared with WebCrypto's, and keys that stay there. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SignatureAlgorithm } from '../../algorithms/algorithm.js';
import { signatures } from '../../algorithms/table.js';
import { noble } from '../../crypto/noble.js';
import { ConfigurationError, KeyFileError, SshError } from '../../errors.js';
import { isKeyTypeName, keyTypes } from '../key-types.js';
import { generateKey } from '../portable-keys.js';
import { webCryptoSigner } from '../web-crypto-signer.js';
import { fromJsonWebKey, fromPublicJsonWebKey, toJsonWebKey, toPublicJsonWebKey } from './json-web-key.js';
import { partsOf } from './key-parts.js';

const rows: Readonly<Record<string, SignatureAlgorithm>> = signatures;
const message = new TextEncoder().encode('what is signed');
const { subtle } = globalThis.crypto;

const ways = [
  { type: 'ssh-ed25519', algorithm: { name: 'Ed25519' } },
  { type: 'ecdsa-sha2-nistp256', algorithm: { name: 'ECDSA', namedCurve: 'P-256' } },
  { type: 'ecdsa-sha2-nistp384', algorithm: { name: 'ECDSA', namedCurve: 'P-384' } },
  { type: 'ecdsa-sha2-nistp521', algorithm: { name: 'ECDSA', namedCurve: 'P-521' } },
  { type: 'rsa-sha2-256', algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
  { type: 'rsa-sha2-512', algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' } },
] as const;
/** The only RSA key: generating one takes a tenth of a second. */
const rsa = await generateKey('ssh-rsa', { bits: 2048 });

async function pairOf(algorithm: { readonly name: string }, extractable: boolean): Promise<CryptoKeyPair> {
  if (algorithm.name.startsWith('RSA')) {
    const publicHalf = toPublicJsonWebKey(rsa.publicKey);
    return {
      privateKey: await subtle.importKey('jwk', toJsonWebKey(rsa), algorithm, extractable, ['sign']),
      publicKey: await subtle.importKey('jwk', publicHalf, algorithm, true, ['verify']),
    };
  }
  const pair = await subtle.generateKey(algorithm, extractable, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('not a pair');
  return pair;
}

describe.each(ways)('$type in WebCrypto', ({ type, algorithm }) => {
  test('signs there, though it cannot be taken out', async () => {
    const signer = await webCryptoSigner(await pairOf(algorithm, false));
    expect(signer.algorithms).toEqual([type]);
    const signature = await signer.sign(type, message);
    expect(await rows[type]?.verify(noble, signer.publicKey, message, signature)).toBe(true);
    await expect(async () => signer.sign('ssh-rsa', message)).rejects.toThrow(ConfigurationError);
  });

  test('is the same key after a JSON Web Key, both ways', async () => {
    const pair = await pairOf(algorithm, true);
    const key = fromJsonWebKey(await subtle.exportKey('jwk', pair.privateKey));
    expect(fromPublicJsonWebKey(await subtle.exportKey('jwk', pair.publicKey)).blob).toEqual(key.publicKey);
    expect(await rows[type]?.verify(noble, key.publicKey, message, await key.sign(type, message))).toBe(true);
    const again = await subtle.importKey('jwk', toJsonWebKey(key), algorithm, true, ['sign']);
    expect(partsOf(fromJsonWebKey(await subtle.exportKey('jwk', again)))).toEqual(partsOf(key));
  });
});

test.each([
  [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }],
  [{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }],
  [{ name: 'RSA-PSS', hash: 'SHA-256' }],
])('%j makes no signatures that SSH has', async (algorithm) => {
  await expect(webCryptoSigner(await pairOf(algorithm, false))).rejects.toThrow(ConfigurationError);
});

test('the halves of a pair are not to be mistaken for each other', async () => {
  const { privateKey, publicKey } = await pairOf({ name: 'Ed25519' }, true);
  await expect(webCryptoSigner({ privateKey: publicKey, publicKey })).rejects.toThrow(ConfigurationError);
  await expect(webCryptoSigner({ privateKey, publicKey: privateKey })).rejects.toThrow(ConfigurationError);
});

test('a key that may not sign is no signer', async () => {
  const { privateKey, publicKey } = await pairOf({ name: 'Ed25519' }, true);
  const verifying = { type: privateKey.type, algorithm: privateKey.algorithm, usages: ['verify'] };
  await expect(webCryptoSigner({ privateKey: verifying, publicKey })).rejects.toThrow(ConfigurationError);
});

test('RSA of more than two primes, or with endless numbers, is refused', () => {
  const whole = toJsonWebKey(rsa);
  expect(() => fromJsonWebKey({ ...whole, oth: [] })).toThrow('more than two primes');
  expect(() => fromJsonWebKey({ ...whole, d: 'A'.repeat(2052) })).toThrow('no usable d');
});

describe.each(Object.keys(keyTypes).filter(isKeyTypeName))('%s', (type) => {
  const made = type === 'ssh-rsa' ? rsa : generateKey(type);

  test('a public JSON Web Key has nothing of the private half', async () => {
    const key = await made;
    const jsonWebKey = toPublicJsonWebKey(key.publicKey);
    expect(Object.keys(jsonWebKey).filter((name) => !['kty', 'crv', 'x', 'y', 'n', 'e'].includes(name))).toEqual([]);
    expect(fromPublicJsonWebKey(jsonWebKey, 'a comment')).toEqual({ type, blob: key.publicKey, comment: 'a comment' });
    expect(() => fromJsonWebKey(jsonWebKey)).toThrow('no private half');
  });

  test('with any member changed it is the same key or a KeyFileError', async () => {
    const key = await made;
    const whole = toJsonWebKey(key);
    const change = fc.record({
      member: fc.constantFrom(...Object.keys(whole)),
      value: fc.oneof(
        fc.base64String(),
        fc.string(),
        fc.constant(undefined),
        fc.constant(1),
        fc.constant('A'.repeat(9000)),
      ),
    });
    fc.assert(
      fc.property(change, ({ member, value }) => {
        try {
          expect(fromJsonWebKey({ ...whole, [member]: value }).publicKey).toEqual(key.publicKey);
        } catch (error) {
          expect(error).toBeInstanceOf(KeyFileError);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test('Security: halves that do not belong together are refused', async () => {
  for (const type of ['ssh-ed25519', 'ecdsa-sha2-nistp256'] as const) {
    const [mine, other] = await Promise.all([generateKey(type), generateKey(type)]);
    const mixed = { ...toJsonWebKey(mine), ...toPublicJsonWebKey(other.publicKey) };
    expect(() => fromJsonWebKey(mixed)).toThrow('the public key is another');
  }
});

test.each([{}, [], { kty: 'oct', k: 'AAAA' }, { kty: 'EC', crv: 'secp256k1' }, { kty: 'OKP', crv: 'X25519', d: 'AA' }])(
  '%j is no key',
  (jsonWebKey) => {
    expect(() => fromJsonWebKey(jsonWebKey)).toThrow(KeyFileError);
    expect(() => fromPublicJsonWebKey(jsonWebKey)).toThrow(SshError);
  },
);
