/** RFC 10042: the hybrid key exchange `mlkem768x25519-sha256`, secure as long as one of ML-KEM-768 and X25519 is. */
import type { CryptoProvider } from '../crypto/provider.js';
import { KeyExchangeError } from '../errors.js';
import { agree } from './agreement.js';
import type { KeyExchangeAlgorithm } from './algorithm.js';

const X25519_LENGTH = 32;
const ENCAPSULATION_KEY_LENGTH = 1184;
const DECAPSULATION_KEY_LENGTH = 2400;
const CIPHERTEXT_LENGTH = 1088;

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

/** The two parts of a share whose first has `firstLength` bytes and whose second is an X25519 key. */
function split(share: Uint8Array, firstLength: number): readonly [Uint8Array, Uint8Array] {
  const expected = firstLength + X25519_LENGTH;
  if (share.length !== expected) {
    throw new KeyExchangeError(`a hybrid share has ${share.length} bytes, expected ${expected}`);
  }
  return [share.subarray(0, firstLength), share.subarray(firstLength)];
}

function encapsulate(crypto: CryptoProvider, encapsulationKey: Uint8Array) {
  try {
    return crypto.mlkem768.encapsulate(encapsulationKey);
  } catch {
    throw new KeyExchangeError('a share has an ML-KEM key with a coefficient out of range');
  }
}

function decapsulate(crypto: CryptoProvider, decapsulationKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    return crypto.mlkem768.decapsulate(decapsulationKey, ciphertext);
  } catch {
    throw new KeyExchangeError('a share has an unusable ML-KEM ciphertext');
  }
}

/** K = SHA256(K_PQ ‖ K_CL), which enters the exchange hash as a string. */
export const mlkem768x25519Sha256: KeyExchangeAlgorithm = {
  hash: 'sha256',
  secretEncoding: 'string',
  initiate: (crypto) => {
    const postQuantum = crypto.mlkem768.generate();
    const classical = crypto.x25519.generate();
    return {
      share: concatenate(postQuantum.publicKey, classical.publicKey),
      secret: concatenate(postQuantum.secretKey, classical.privateKey),
    };
  },
  finish: (crypto, secret, serverShare) => {
    const [ciphertext, publicKey] = split(serverShare, CIPHERTEXT_LENGTH);
    const classicalSecret = agree(crypto.x25519, secret.subarray(DECAPSULATION_KEY_LENGTH), publicKey, X25519_LENGTH);
    const postQuantumSecret = decapsulate(crypto, secret.subarray(0, DECAPSULATION_KEY_LENGTH), ciphertext);
    return crypto.hash('sha256', postQuantumSecret, classicalSecret);
  },
  respond: (crypto, clientShare) => {
    const [encapsulationKey, publicKey] = split(clientShare, ENCAPSULATION_KEY_LENGTH);
    const classical = crypto.x25519.generate();
    const classicalSecret = agree(crypto.x25519, classical.privateKey, publicKey, X25519_LENGTH);
    const { ciphertext, sharedSecret } = encapsulate(crypto, encapsulationKey);
    return {
      share: concatenate(ciphertext, classical.publicKey),
      sharedSecret: crypto.hash('sha256', sharedSecret, classicalSecret),
    };
  },
};
