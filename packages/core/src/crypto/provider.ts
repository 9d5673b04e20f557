/**
 * The primitives that the engine needs, as a value chosen by import: the portable provider runs everywhere, others use
 * what a runtime does faster. Nothing here detects a runtime.
 *
 * Everything on the path of a packet is synchronous, except for the batched primitives. What happens once per handshake
 * may return a promise (on most runtimes RSA exists only in WebCrypto).
 */

export type HashName = 'sha256' | 'sha384' | 'sha512';
/** SHA-1 is for peers that have nothing better. No row that is offered by default uses it. */
export type AnyHashName = HashName | 'sha1';
export type CurveName = 'nistp256' | 'nistp384' | 'nistp521';
export type Awaitable<T> = T | Promise<T>;

/** AES-GCM under one key (NIST SP 800-38D), 12-byte nonces and 16-byte tags. */
export interface Aead {
  /** Encrypts `packet[aad..end-16]` in place under `nonce`, authenticates `packet[..aad]` too, and writes the tag to the last 16 bytes. */
  seal(nonce: Uint8Array, packet: Uint8Array, aadLength: number): void;
  /**
   * The plain text of `packet[aad..end-16]`, in place or in memory of its own; undefined if the tag is wrong. The
   * content of `packet` is undefined afterwards.
   */
  open(nonce: Uint8Array, packet: Uint8Array, aadLength: number): Uint8Array | undefined;
}

/** Frees memory that nobody reads any more at once, if the runtime can. */
export type Release = (memory: ArrayBuffer) => void;

/** What is behind promises, so that many packets may be in progress at once. */
export interface Batched {
  /** If present, opened packets are in memory of their own. */
  readonly release?: Release | undefined;
  /** True if sealing occupies the thread that asks for it: a packet is then sealed when the one before is, in memory that is in the cache. */
  readonly sealsInTurn?: boolean;
}

/** As `Aead`, behind promises: each packet is the callee's until its promise settles. */
export interface BatchedAead extends Batched {
  seal(nonce: Uint8Array, packet: Uint8Array, aadLength: number): Promise<void>;
  open(nonce: Uint8Array, packet: Uint8Array, aadLength: number): Promise<Uint8Array | undefined>;
}

/** A key stream that continues from call to call; calls cover whole blocks. */
export interface StreamCipher {
  /** XORs the key stream over `bytes` in place. */
  apply(bytes: Uint8Array): void;
}

/** A key stream with promises: each call has its own counter, so that many can be in progress at once. */
export interface BatchedStreamCipher extends Batched {
  /** `bytes` XORed with the key stream from block `counter`, in memory of its own. Both are the callee's until the promise settles. */
  apply(counter: Uint8Array, bytes: Uint8Array): Promise<Uint8Array>;
}

export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** X25519 (RFC 7748) or ECDH over a NIST curve (SEC 1 §3.3.1). */
export interface KeyAgreement {
  /** A fresh key pair; `publicKey` in the form that SSH sends (32 bytes, or an uncompressed point). */
  generate(): Awaitable<KeyPair>;
  /** The shared secret, as long as a coordinate. @throws Error for a key of low order, off the curve, or of the wrong length or form. */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Awaitable<Uint8Array>;
}

/** ML-KEM-768 (FIPS 203). */
export interface KeyEncapsulation {
  /** `secretKey` is the 2400-byte decapsulation key or a form of the provider's own, `publicKey` the 1184-byte encapsulation key. */
  generate(): Awaitable<{ readonly secretKey: Uint8Array; readonly publicKey: Uint8Array }>;
  /** @throws Error for a key of the wrong length or with a coefficient of 3329 or more (FIPS 203 §7.2). */
  encapsulate(publicKey: Uint8Array): Awaitable<{ readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array }>;
  /** @throws Error for a ciphertext of the wrong length. */
  decapsulate(secretKey: Uint8Array, ciphertext: Uint8Array): Awaitable<Uint8Array>;
}

/** RSASSA-PKCS1-v1_5 public key: big-endian magnitudes without leading zeros. */
export interface RsaPublicKey {
  readonly n: Uint8Array;
  readonly e: Uint8Array;
}
/** RFC 8017 §3.2, as in OpenSSH's key files. */
export interface RsaPrivateKey extends RsaPublicKey {
  readonly d: Uint8Array;
  readonly p: Uint8Array;
  readonly q: Uint8Array;
  /** q^-1 mod p. */
  readonly iqmp: Uint8Array;
}

/** Ed25519 (RFC 8032). */
export interface Ed25519 {
  /** The 32-byte seed and its public key. */
  generate(): Awaitable<{ readonly seed: Uint8Array; readonly publicKey: Uint8Array }>;
  sign(seed: Uint8Array, message: Uint8Array): Awaitable<Uint8Array>;
  /** False for every fault, including a wrong length; never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>;
}

/** ECDSA over a NIST curve; signatures are r ‖ s, each as long as the field. */
export interface Ecdsa {
  generate(): Awaitable<KeyPair>;
  /** Hashes `message` with `hash` and signs it. */
  sign(hash: HashName, privateKey: Uint8Array, message: Uint8Array): Awaitable<Uint8Array>;
  /** False for every fault; never throws. */
  verify(hash: HashName, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>;
}

export interface Rsa {
  generate(modulusBits: number): Awaitable<RsaPrivateKey>;
  sign(hash: AnyHashName, key: RsaPrivateKey, message: Uint8Array): Awaitable<Uint8Array>;
  /** False for every fault; never throws. */
  verify(hash: AnyHashName, key: RsaPublicKey, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>;
}

export interface CryptoProvider {
  readonly name: string;
  /**
   * How the named sets of algorithms change on this runtime: lists as for the option `algorithms`, which leave out what
   * it does badly, or put first what it does best. Static, because an offer is sent before the peer's is known.
   */
  readonly algorithms?: { readonly keyExchanges?: string; readonly ciphers?: string };
  /**
   * If the runtime frees memory late: frees it, soon. All views of it are empty from then on. An application may call it, too, with
   * the `buffer` of a chunk that it has read and no longer needs.
   */
  readonly release?: Release;
  /** Cryptographically strong random bytes. */
  random(length: number): Uint8Array;
  /** The hash of the concatenation of `parts`. */
  hash(name: AnyHashName, ...parts: readonly Uint8Array[]): Uint8Array;
  /** HMAC under one key (RFC 2104): the returned function authenticates the concatenation of its arguments. */
  hmac(name: AnyHashName, key: Uint8Array): (...parts: readonly Uint8Array[]) => Uint8Array;
  /** If the runtime has a faster HMAC with promises. The parts are the callee's until the promise settles. */
  readonly batchedHmac?: (
    name: AnyHashName,
    key: Uint8Array,
  ) => (...parts: readonly Uint8Array[]) => Promise<Uint8Array>;
  aesGcm(key: Uint8Array): Aead;
  /** If the runtime has AES-GCM only behind promises: packets are then sealed and opened with this. */
  readonly batchedAesGcm?: (key: Uint8Array) => BatchedAead;
  /** AES-CTR from a 16-byte big-endian initial counter (RFC 4344 §4). */
  aesCtr(key: Uint8Array, counter: Uint8Array): StreamCipher;
  /**
   * If the runtime has a faster AES-CTR with promises. With an encrypt-then-MAC MAC and `batchedHmac`, packets are then sealed and
   * opened with both. Undefined for a key length that the runtime lacks.
   */
  readonly batchedAesCtr?: (key: Uint8Array) => BatchedStreamCipher | undefined;
  /**
   * XORs ChaCha20 (original: 64-bit counter, 8-byte nonce) over `bytes`, from block `counter`. @returns the result: `bytes`,
   * changed in place, or memory of its own.
   */
  chacha20(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array, counter: number): Uint8Array;
  /** Poly1305 (RFC 8439 §2.5) under a one-time key. */
  poly1305(key: Uint8Array, message: Uint8Array): Uint8Array;
  readonly x25519: KeyAgreement;
  readonly ecdh: Readonly<Record<CurveName, KeyAgreement>>;
  readonly mlkem768: KeyEncapsulation;
  /**
   * base^exponent modulo an odd `modulus`, as long as the modulus; all are big-endian magnitudes. A promise if it would
   * block the event loop, to which it then yields.
   */
  modularPower(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Awaitable<Uint8Array>;
  readonly ed25519: Ed25519;
  readonly ecdsa: Readonly<Record<CurveName, Ecdsa>>;
  readonly rsa: Rsa;
}

/** A provider, or a function that loads one when it is needed. */
export type CryptoSource = CryptoProvider | (() => Awaitable<CryptoProvider>);

export function loadCrypto(source: CryptoSource): Awaitable<CryptoProvider> {
  return typeof source === 'function' ? source() : source;
}

/** The primitives of a provider that something needs. */
export type Needs<Primitives extends keyof CryptoProvider> = Pick<CryptoProvider, Primitives>;

/** A primitive whose results are available at once. */
export type Synchronous<T> = {
  readonly [Name in keyof T]: T[Name] extends (...parameters: infer P) => infer R
    ? (...parameters: P) => Exclude<R, Promise<unknown>>
    : T[Name];
};

/** A provider that generates all keys except RSA and ML-KEM synchronously. */
export interface SynchronousProvider extends CryptoProvider {
  readonly x25519: Synchronous<KeyAgreement>;
  readonly ecdh: Readonly<Record<CurveName, Synchronous<KeyAgreement>>>;
  readonly ed25519: Synchronous<Ed25519>;
  readonly ecdsa: Readonly<Record<CurveName, Synchronous<Ecdsa>>>;
}

/** Compares in time that depends only on the lengths. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a[index]! ^ b[index]!;
  return difference === 0;
}
