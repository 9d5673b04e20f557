/** The provider for runtimes that have `node:crypto`: everything native and synchronous, except what Node 20 lacks. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hash, randomFillSync } from 'node:crypto';
import type { Aead, SynchronousProvider, StreamCipher } from '@nacre/core/crypto';
import { chacha20 as wasmChacha20, poly1305 } from '@nacre/core/wasm/chacha20-poly1305';
import { nistAgreement, nistCurves, x25519 } from './node-crypto/agreement.js';
import { mlkem768 } from './node-crypto/ml-kem-768.js';
import { modularPower } from './node-crypto/modular-power.js';
import { ed25519, nistSignature, rsa } from './node-crypto/signature.js';
import { plainBytes } from './node-crypto/plain-bytes.js';
import { release } from './node-crypto/release.js';

const TAG_LENGTH = 16;

/** OpenSSL's default length, stated so that no shorter tag is ever accepted. */
const GCM_OPTIONS = { authTagLength: TAG_LENGTH };

class AesGcm implements Aead {
  readonly #name: 'aes-128-gcm' | 'aes-256-gcm';
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    if (key.length !== 16 && key.length !== 32)
      throw new RangeError(`an AES-GCM key has ${key.length} bytes, expected 16 or 32`);
    this.#name = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    this.#key = key;
  }

  seal(nonce: Uint8Array, packet: Uint8Array, aadLength: number): void {
    const end = packet.length - TAG_LENGTH;
    const cipher = createCipheriv(this.#name, this.#key, nonce, GCM_OPTIONS);
    cipher.setAAD(packet.subarray(0, aadLength));
    const sealed = cipher.update(packet.subarray(aadLength, end));
    packet.set(sealed, aadLength);
    release(sealed);
    cipher.final();
    packet.set(cipher.getAuthTag(), end);
  }

  open(nonce: Uint8Array, packet: Uint8Array, aadLength: number): Uint8Array | undefined {
    const end = packet.length - TAG_LENGTH;
    if (end < aadLength) return undefined;
    const decipher = createDecipheriv(this.#name, this.#key, nonce, GCM_OPTIONS);
    decipher.setAAD(packet.subarray(0, aadLength));
    decipher.setAuthTag(packet.subarray(end));
    const plain = decipher.update(packet.subarray(aadLength, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plainBytes(plain);
  }
}

function aesCtr(key: Uint8Array, counter: Uint8Array): StreamCipher {
  const cipher = createCipheriv(`aes-${key.length * 8}-ctr`, key, counter);
  return {
    apply: (bytes) => {
      const result = cipher.update(bytes);
      bytes.set(result);
      release(result);
    },
  };
}

/** Up to this many bytes, a cipher object costs more than it saves; a packet's length and its Poly1305 key are shorter. */
const SMALL_TEXT = 1024;

/** OpenSSL's IV is the 64-bit block counter, little-endian, followed by the nonce. */
function chacha20(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array, counter: number): Uint8Array {
  if (bytes.length <= SMALL_TEXT) return wasmChacha20(key, nonce, bytes, counter);
  const iv = new Uint8Array(16);
  new DataView(iv.buffer).setUint32(0, counter, true);
  iv.set(nonce, 8);
  const cipher = createCipheriv('chacha20', key, iv);
  const result = cipher.update(bytes);
  // Interop: Deno keeps a cipher that was not finished forever.
  cipher.final();
  return plainBytes(result);
}

export const nodeCrypto: SynchronousProvider = {
  name: 'node:crypto',
  random: (length) => randomFillSync(new Uint8Array(length)),
  hash: (name, ...parts) => {
    // Without an object, whose memory outside V8's heap waits for a collection.
    if (parts.length === 1) return plainBytes(hash(name, parts[0]!, 'buffer'));
    const state = createHash(name);
    for (const part of parts) state.update(part);
    return plainBytes(state.digest());
  },
  hmac: (name, key) => {
    return (...parts) => {
      const state = createHmac(name, key);
      for (const part of parts) state.update(part);
      return plainBytes(state.digest());
    };
  },
  aesGcm: (key) => new AesGcm(key),
  aesCtr,
  chacha20,
  poly1305,
  x25519,
  ecdh: {
    nistp256: nistAgreement(nistCurves.nistp256),
    nistp384: nistAgreement(nistCurves.nistp384),
    nistp521: nistAgreement(nistCurves.nistp521),
  },
  mlkem768,
  modularPower,
  ed25519,
  ecdsa: {
    nistp256: nistSignature(nistCurves.nistp256),
    nistp384: nistSignature(nistCurves.nistp384),
    nistp521: nistSignature(nistCurves.nistp521),
  },
  rsa,
};
