/** RFC 8017 §8.2: RSASSA-PKCS1-v1_5 through WebCrypto, the only RSA that every runtime has. */
import type { AnyHashName, Rsa, RsaPrivateKey } from './provider.js';
import { rsaFromJsonWebKey, rsaPrivateJsonWebKey, rsaPublicJsonWebKey } from './rsa-json-web-key.js';
import { hashNames } from './web-crypto/hash-names.js';

const NAME = 'RSASSA-PKCS1-v1_5';
const PUBLIC_EXPONENT = Uint8Array.of(1, 0, 1);

function algorithm(hash: AnyHashName): { name: string; hash: string } {
  return { name: NAME, hash: hashNames[hash] };
}

export const webCryptoRsa: Rsa = {
  generate: async (modulusLength): Promise<RsaPrivateKey> => {
    const parameters = { ...algorithm('sha256'), modulusLength, publicExponent: PUBLIC_EXPONENT };
    const { privateKey } = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
    return rsaFromJsonWebKey(await crypto.subtle.exportKey('jwk', privateKey));
  },
  sign: async (hash, key, message): Promise<Uint8Array> => {
    const privateKey = await crypto.subtle.importKey('jwk', rsaPrivateJsonWebKey(key), algorithm(hash), false, [
      'sign',
    ]);
    return new Uint8Array(await crypto.subtle.sign(NAME, privateKey, message));
  },
  verify: async (hash, key, message, signature): Promise<boolean> => {
    try {
      const publicKey = await crypto.subtle.importKey('jwk', rsaPublicJsonWebKey(key), algorithm(hash), false, [
        'verify',
      ]);
      return await crypto.subtle.verify(NAME, publicKey, signature, message);
    } catch {
      return false;
    }
  },
};
