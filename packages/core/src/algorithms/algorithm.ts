/** What a row of the algorithm table is: one interface for each kind of algorithm. */
import type { AnyHashName, Awaitable, BatchedAead, CryptoProvider, Needs } from '../crypto/provider.js';

/**
 * One direction of packet protection under one set of keys. All that changes is in `counter()`; native cipher objects are
 * caches that `create` makes anew.
 *
 * A packet is `packet_length ‖ padding_length ‖ payload ‖ padding ‖ tag` in one array.
 */
export interface PacketCipher {
  /** Packets are padded to a multiple of this many bytes (RFC 4253 §6), counted without `packet_length` where `lengthIsApart`. */
  readonly blockLength: number;
  /** True where `packet_length` is not part of the padded text: AEAD ciphers and encrypt-then-MAC. */
  readonly lengthIsApart: boolean;
  /** How many bytes `openLength` needs. */
  readonly headLength: number;
  readonly tagLength: number;
  /**
   * Reads `packet_length` out of the first `headLength` bytes. Called once a packet, before `open`.
   * May decrypt them in place: `packet` then holds plain text there, which `open` expects.
   */
  openLength(sequenceNumber: number, head: Uint8Array): number;
  /**
   * Opens one whole packet, tag included. @returns `padding_length ‖ payload ‖ padding`, in its place in `packet` or in memory
   * that is the caller's from now on. @throws MacError where it does not authenticate.
   */
  open(sequenceNumber: number, packet: Uint8Array): Uint8Array;
  /** Seals one whole packet in place: `packet` holds plain text and ends with `tagLength` bytes for the tag. */
  seal(sequenceNumber: number, packet: Uint8Array): void;
  /** Counters that have moved since the keys were set, as the row's `create` takes them back: empty where the sequence number is all. */
  counter(): Uint8Array;
  /**
   * CBC's alone. Where there is one, no fault may show before the longest packet has been read: reading goes on to there, and
   * then this spends the time that authenticating `length` more bytes takes.
   */
  readonly concealFault?: (length: number) => void;
}

/**
 * Packet protection behind promises, for ciphers that leave `packet_length` in clear: whole chunks can be framed first, and
 * their packets then be opened or sealed together. `packet` is the callee's until the promise settles.
 */
export interface BatchedPacketCipher extends Omit<PacketCipher, 'open' | 'seal' | 'concealFault'> {
  /** As `BatchedAead.release`. */
  readonly release: BatchedAead['release'];
  /** The nonce of the next packet, which is used up with this call. */
  nextNonce(): Uint8Array;
  /** As `PacketCipher.open`, but undefined where the packet does not authenticate. */
  open(nonce: Uint8Array, packet: Uint8Array): Promise<Uint8Array | undefined>;
  seal(nonce: Uint8Array, packet: Uint8Array): Promise<void>;
}

/** Key material of one direction (RFC 4253 §7.2). After a resume `iv` is the cipher's saved counter. */
export interface CipherKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
}

/** `Crypto` is what the row takes of a provider, here and in the other kinds. */
export interface CipherAlgorithm<Crypto = CryptoProvider> {
  /** Lengths in bytes of what is derived for it. */
  readonly keyLength: number;
  readonly ivLength: number;
  /** An AEAD has no MAC of its own: the negotiated MAC is ignored and `mac` is undefined. */
  readonly aead: boolean;
  readonly create: (crypto: Crypto, keys: CipherKeys, mac: MacAlgorithm | undefined) => PacketCipher;
  /** Used in the place of `create` where it gives something: the provider has this cipher only behind promises. */
  readonly createBatched?: (crypto: Crypto, keys: CipherKeys) => BatchedPacketCipher | undefined;
}

export interface MacAlgorithm {
  readonly keyLength: number;
  /** Where the function gives more bytes, the first ones are the tag. */
  readonly tagLength: number;
  /** True for the `-etm@openssh.com` forms: the MAC covers the encrypted packet, and the length stays in clear. */
  readonly encryptThenMac: boolean;
  /** The function under one key: it authenticates the concatenation of its arguments. */
  readonly create: (crypto: Needs<'hmac'>, key: Uint8Array) => (...parts: readonly Uint8Array[]) => Uint8Array;
}

/** Compresses the payloads of one direction. Its state goes on from packet to packet until the next keys (RFC 4253 §6.2). */
export interface Compressor {
  /** One payload, flushed so that the peer can read all of it. */
  compress(payload: Uint8Array): Uint8Array;
}

export interface Decompressor {
  /** One payload. @throws CompressionError where it is corrupt, incomplete, or inflates to more than `maximum` bytes. */
  decompress(payload: Uint8Array, maximum: number): Uint8Array;
}

/** `none` never begins; `zlib` begins with the keys, `zlib@openssh.com` once the peer has authenticated. */
export type CompressionAlgorithm =
  | { readonly begins: 'never' }
  | {
      readonly begins: 'with-keys' | 'after-authentication';
      compressor(): Compressor;
      decompressor(): Decompressor;
    };

/** What both sides come to have by messages 30-49. */
export interface ExchangeOutcome {
  /** What the exchange hash covers between K_S and K, encoded. */
  readonly exchanged: Uint8Array;
  /** K before encoding. */
  readonly sharedSecret: Uint8Array;
}

/** A client's next step: a message to send, or the end. */
export type ClientStep =
  | { readonly send: Uint8Array }
  | { readonly outcome: ExchangeOutcome; readonly hostKey: Uint8Array; readonly signature: Uint8Array };

/** A server's next step: a message to send, or the end, of which the signature is made and sent last. */
export type ServerStep =
  | { readonly send: Uint8Array }
  | { readonly outcome: ExchangeOutcome; reply(hostKey: Uint8Array, signature: Uint8Array): Uint8Array };

/**
 * The messages 30-49 of one exchange. `receive` takes views, valid until it returns; it throws, or rejects, with ProtocolError
 * for a message that may not come now, and with KeyExchangeError for values that may not be used.
 */
export interface ClientDialogue {
  /** The first message. */
  start(): Awaitable<Uint8Array>;
  receive(payload: Uint8Array): Awaitable<ClientStep>;
}

export interface ServerDialogue {
  receive(payload: Uint8Array): Awaitable<ServerStep>;
}

/** Makes a dialogue for each exchange, which brings its own messages. */
export interface KeyExchangeAlgorithm<Crypto = CryptoProvider> {
  readonly hash: AnyHashName;
  /** How K enters the exchange hash and key derivation: the hybrids use `string` (RFC 10042), the others `mpint`. */
  readonly secretEncoding: 'mpint' | 'string';
  readonly server: (crypto: Crypto) => ServerDialogue;
  /** Rows of servers have none where it would be much to carry. */
  readonly client?: (crypto: Crypto) => ClientDialogue;
}

/** What a security key vouches for beside the signature (W3C Web Authentication §6.1). */
export interface SecurityKeyAssertion {
  /** Somebody touched it. */
  readonly userPresent: boolean;
  /** It knew that somebody, by a PIN or a finger. */
  readonly userVerified: boolean;
  /** Counts its signatures, as far as it does: one that does not grow tells of a copy. */
  readonly counter: number;
  /** Where a browser asked for the signature: the page's origin. */
  readonly origin?: string;
}

/** A signature algorithm as it is named in server-sig-algs, KEXINIT and signature blobs. */
export interface SignatureAlgorithm<Crypto = CryptoProvider> {
  /** The type that stands in the public key blob: `ssh-rsa` for `rsa-sha2-512`. */
  readonly keyType: string;
  /** Whether a host may prove itself with it: false for what only a user in a browser makes. */
  readonly provesHosts: boolean;
  /** Whether `publicKey` (a blob) is a key of that type, of a size that is dealt with. Reads lengths, and computes nothing. */
  isUsableKey(publicKey: Uint8Array): boolean;
  /**
   * Whether `signature` (the whole blob, `string name ‖ string bytes`) is this algorithm's, over `message`, by the key in
   * `publicKey` (a blob). False for every fault of either blob; never throws.
   */
  readonly verify: (
    crypto: Crypto,
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ) => Awaitable<boolean>;
  /** Where security keys make it: what the signature says of its making, undefined for a malformed one. */
  assertion?(signature: Uint8Array): SecurityKeyAssertion | undefined;
  /** Where keys are certificates: the blob of the key that `publicKey` is for, undefined where that is malformed. */
  certifiedKey?(publicKey: Uint8Array): Uint8Array | undefined;
  /** Where keys come in sizes: the modulus of `publicKey` in bits, undefined where that is malformed or out of bounds. */
  modulusBits?(publicKey: Uint8Array): number | undefined;
}

/** Something that signs with one key: a private key in memory, an agent, a key service. */
export interface Signer {
  /** The public key blob. */
  readonly publicKey: Uint8Array;
  /** Names of the signature algorithms it can make, most preferred first. */
  readonly algorithms: readonly string[];
  /** True where signing asks a person for something: a client then asks first whether the server would take the key. */
  readonly asksToSign?: boolean;
  /** The signature blob `string name ‖ string bytes` over `message`; `algorithm` is one of `algorithms`. */
  sign(algorithm: string, message: Uint8Array): Awaitable<Uint8Array>;
}

/** Rows of every kind by their registered names; the order of rows is the order of preference. */
export interface AlgorithmTables<Crypto = CryptoProvider> {
  readonly keyExchanges: Readonly<Record<string, KeyExchangeAlgorithm<Crypto>>>;
  readonly signatures: Readonly<Record<string, SignatureAlgorithm<Crypto>>>;
  readonly ciphers: Readonly<Record<string, CipherAlgorithm<Crypto>>>;
  readonly macs: Readonly<Record<string, MacAlgorithm>>;
  readonly compressions: Readonly<Record<string, CompressionAlgorithm>>;
}
