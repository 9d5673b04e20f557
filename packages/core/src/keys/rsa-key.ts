/** RFC 8332 §3, and OpenSSH's key files: private RSA keys. */
import {
  decodeRsaPublicKey,
  encodeRsaPublicKey,
  MAXIMUM_MODULUS_BITS,
  MINIMUM_MODULUS_BITS,
  SSH_RSA,
} from '../algorithms/rsa.js';
import { encodeSignature } from '../algorithms/signature-blob.js';
import { proceed } from '../crypto/awaitable.js';
import { toInteger } from '../crypto/integer.js';
import type { AnyHashName, RsaPrivateKey } from '../crypto/provider.js';
import { ConfigurationError, ProtocolError } from '../errors.js';
import { mpint } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { KeyMaterial, KeyType } from './key-material.js';

export const rsaFields = record({ n: mpint, e: mpint, d: mpint, iqmp: mpint, p: mpint, q: mpint });
/** The last one, over SHA-1, is used only if an application offers that row. */
export const rsaHashes: ReadonlyMap<string, AnyHashName> = new Map([
  ['rsa-sha2-512', 'sha512'],
  ['rsa-sha2-256', 'sha256'],
  [SSH_RSA, 'sha1'],
]);

/**
 * Whether the numbers are those of one key, as far as that needs no primality test.
 * Security: providers fail in their own ways on numbers that are not. Numbers too long to be used are not computed with.
 */
function belongTogether({ n, e, d, iqmp, p, q }: RsaPrivateKey): boolean {
  if ([n, e, d, iqmp, p, q].some(({ length }) => length > MAXIMUM_MODULUS_BITS / 8)) return false;
  const [first, second, coefficient] = [toInteger(p), toInteger(q), toInteger(iqmp)];
  if (first <= 1n || second <= 1n || first * second !== toInteger(n)) return false;
  const product = toInteger(e) * toInteger(d);
  const areInverse = product % (first - 1n) === 1n && product % (second - 1n) === 1n;
  return areInverse && coefficient < first && (coefficient * second) % first === 1n;
}

function rsaMaterial(key: RsaPrivateKey): KeyMaterial {
  return {
    publicKey: encodeRsaPublicKey(key),
    algorithms: [...rsaHashes.keys()],
    sign: (crypto, algorithm, message) => {
      const hash = rsaHashes.get(algorithm);
      if (hash === undefined) throw new ConfigurationError(`an RSA key does not sign with ${algorithm}`);
      return proceed(crypto.rsa.sign(hash, key, message), (bytes) => encodeSignature(algorithm, bytes));
    },
    write: (writer) => rsaFields.write(writer, key),
  };
}

export const rsaKeyType: KeyType = {
  generate: async (crypto, bits) => {
    if (!Number.isInteger(bits) || bits < MINIMUM_MODULUS_BITS || bits > MAXIMUM_MODULUS_BITS) {
      throw new ConfigurationError(
        `an RSA key has ${MINIMUM_MODULUS_BITS} to ${MAXIMUM_MODULUS_BITS} bits, not ${bits}`,
      );
    }
    return rsaMaterial(await crypto.rsa.generate(bits));
  },
  read: (reader) => {
    const { n, e, d, iqmp, p, q } = rsaFields.read(reader);
    const key = { n: n.slice(), e: e.slice(), d: d.slice(), iqmp: iqmp.slice(), p: p.slice(), q: q.slice() };
    const material = rsaMaterial(key);
    // A public half out of bounds is refused by the caller, who says so.
    const isUsable = decodeRsaPublicKey(material.publicKey) !== undefined;
    if (isUsable && !belongTogether(key)) throw new ProtocolError('the numbers of an RSA key do not belong together');
    return material;
  },
};
