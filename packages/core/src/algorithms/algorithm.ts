/** The rows of the algorithm table: one interface for each kind of algorithm. */
import type { AnyHashName, Awaitable, CryptoProvider, Needs, Release } from '../crypto/provider.js';

/**
 * One direction of packet protection under one set of keys. All mutable state is in `counter()`; native cipher objects
 * are caches that `create` rebuilds.
 *
 * A packet is `packet_length ‖ padding_length ‖ payload ‖ padding ‖ tag` in one array.
 */
export interface PacketCipher {
  /** Packets are padded to a multiple of this many bytes (RFC 4253 §6), not counting `packet_length` if `lengthIsApart`. */
  readonly blockLength: number;
  /** True if `packet_length` is not part of the padded text: AEAD ciphers and encrypt-then-MAC. */
  readonly lengthIsApart: boolean;
  /** How many bytes `openLength` needs. */
  readonly headLength: number;
  readonly tagLength: number;
  /**
   * Reads `packet_length` from the first `headLength` bytes. Called once per packet, before `open`.
   * May decrypt them in place: `packet` then contains plain text there, which `open` expects.
   */
  openLength(sequenceNumber: number, head: Uint8Array): number;
  /**
   * Opens one whole packet, tag included. @returns `padding_length ‖ payload ‖ padding`, in place in `packet` or in
   * memory that belongs to the caller from now on. @throws MacError if it does not authenticate.
   */
  open(sequenceNumber: number, packet: Uint8Array): Uint8Array;
  /** Seals one whole packet in place: `packet` contains plain text and ends with `tagLength` bytes for the tag. */
  seal(sequenceNumber: number, packet: Uint8Array): void;
  /** Counters advanced since the keys were set, in the form that the row's `create` takes; empty if the sequence number suffices. */
  counter(): Uint8Array;
  /**
   * Only for CBC. If present, no fault may show before the longest packet has been read: reading continues up to there,
   * and then this spends the time that authenticating `length` more bytes takes.
   */
  readonly concealFault?: (length: number) => void;
}

/**
 * Packet protection behind promises, for ciphers that leave `packet_length` in clear: whole chunks can be framed first,
 * and their packets then opened or sealed together. Calls come in the order of packets and advance the counter before
 * they return; `packet` belongs to the callee until the promise settles.
 */
export interface BatchedPacketCipher extends Omit<PacketCipher, 'open' | 'seal' | 'concealFault'> {
  /** Distinguishes it from a `PacketCipher`. */
  readonly isBatched: true;
  /** As `Batched.sealsInTurn`. */
  readonly sealsInTurn: boolean;
  /** If present, `open` returns memory of its own. */
  readonly release: Release | undefined;
  /** As `PacketCipher.open`, but undefined if the packet does not authenticate. */
  open(sequenceNumber: number, packet: Uint8Array): Promise<Uint8Array | undefined>;
  seal(sequenceNumber: number, packet: Uint8Array): Promise<void>;
}

/** Key material of one direction (RFC 4253 §7.2). After a resume `iv` is the cipher's saved counter. */
export interface CipherKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
}

/** `Crypto` is the part of a provider that the row needs, here and for the other kinds. */
export interface CipherAlgorithm<Crypto = CryptoProvider> {
  /** Lengths in bytes of the key material to derive. */
  readonly keyLength: number;
  readonly ivLength: number;
  /** An AEAD has no MAC of its own: the negotiated MAC is ignored and `mac` is undefined. */
  readonly aead: boolean;
  readonly create: (crypto: Crypto, keys: CipherKeys, mac: MacAlgorithm | undefined) => PacketCipher;
  /** Used instead of `create` if it returns a cipher: for providers that have this cipher only behind promises. */
  readonly createBatched?: (
    crypto: Crypto,
    keys: CipherKeys,
    mac: MacAlgorithm | undefined,
  ) => BatchedPacketCipher | undefined;
}

export interface MacAlgorithm {
  readonly keyLength: number;
  /** If the function returns more bytes, the tag is the first of them. */
  readonly tagLength: number;
  /** True for the `-etm@openssh.com` forms: the MAC covers the encrypted packet, and the length is sent in clear. */
  readonly encryptThenMac: boolean;
  /** The function under one key: it authenticates the concatenation of its arguments. */
  readonly create: (crypto: Needs<'hmac'>, key: Uint8Array) => (...parts: readonly Uint8Array[]) => Uint8Array;
  /** The same with promises, if the provider has it. */
  readonly createBatched?: (crypto: Needs<'batchedHmac'>, key: Uint8Array) => BatchedMac | undefined;
}

export type BatchedMac = ReturnType<NonNullable<CryptoProvider['batchedHmac']>>;

/** Compresses the payloads of one direction. Its state carries over between packets until the next keys (RFC 4253 §6.2). */
export interface Compressor {
  /** Compresses one payload, flushed so that the peer can read all of it. */
  compress(payload: Uint8Array): Uint8Array;
}

export interface Decompressor {
  /**
   * Decompresses a payload. @throws CompressionError if it is corrupt, incomplete, or inflates beyond `maximum` bytes.
   */
  decompress(payload: Uint8Array, maximum: number): Uint8Array;
}

/** `none` never starts; `zlib` starts with the keys, `zlib@openssh.com` once the peer has authenticated. */
export type CompressionAlgorithm =
  | { readonly begins: 'never' }
  | {
      readonly begins: 'with-keys' | 'after-authentication';
      compressor(): Compressor;
      decompressor(): Decompressor;
    };

/** What both sides obtain from messages 30-49. */
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

/** A server's next step: a message to send, or the end, after which the signature is made and sent. */
export type ServerStep =
  | { readonly send: Uint8Array }
  | { readonly outcome: ExchangeOutcome; reply(hostKey: Uint8Array, signature: Uint8Array): Uint8Array };

/**
 * The messages 30-49 of one exchange. `receive` takes views, valid until it returns; it throws, or rejects, with
 * ProtocolError for a message that is not allowed now, and with KeyExchangeError for unacceptable values.
 */
export interface ClientDialogue {
  /** The first message. */
  start(): Awaitable<Uint8Array>;
  receive(payload: Uint8Array): Awaitable<ClientStep>;
}

export interface ServerDialogue {
  receive(payload: Uint8Array): Awaitable<ServerStep>;
}

/** Creates a dialogue for each exchange, which defines its own messages. */
export interface KeyExchangeAlgorithm<Crypto = CryptoProvider> {
  readonly hash: AnyHashName;
  /** How K enters the exchange hash and key derivation: the hybrids use `string` (RFC 10042), the others `mpint`. */
  readonly secretEncoding: 'mpint' | 'string';
  readonly server: (crypto: Crypto) => ServerDialogue;
  /** Missing in server rows if it would add much code. */
  readonly client?: (crypto: Crypto) => ClientDialogue;
}

/** What a security key asserts in addition to the signature (W3C Web Authentication §6.1). */
export interface SecurityKeyAssertion {
  /** Somebody touched it. */
  readonly userPresent: boolean;
  /** It verified the user, by a PIN or a fingerprint. */
  readonly userVerified: boolean;
  /** The number of its signatures, if it counts them: one that does not grow indicates a copy. */
  readonly counter: number;
  /** The page's origin, if a browser requested the signature. */
  readonly origin?: string;
}

/** A signature algorithm as named in server-sig-algs, KEXINIT and signature blobs. */
export interface SignatureAlgorithm<Crypto = CryptoProvider> {
  /** The type in the public key blob: `ssh-rsa` for `rsa-sha2-512`. */
  readonly keyType: string;
  /** Whether a host may use it: false for signatures that only a user in a browser makes. */
  readonly provesHosts: boolean;
  /** Whether `publicKey` (a blob) is a key of that type and of a supported size. Reads lengths, and computes nothing. */
  isUsableKey(publicKey: Uint8Array): boolean;
  /**
   * Whether `signature` (the whole blob, `string name ‖ string bytes`) is this algorithm's, over `message`, by the key
   * in `publicKey` (a blob). False for any fault in either blob; never throws.
   */
  readonly verify: (
    crypto: Crypto,
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ) => Awaitable<boolean>;
  /** For security keys: what the signature asserts, undefined if it is malformed. */
  assertion?(signature: Uint8Array): SecurityKeyAssertion | undefined;
  /** For certificates: the blob of the certified key, undefined if `publicKey` is malformed. */
  certifiedKey?(publicKey: Uint8Array): Uint8Array | undefined;
  /** For keys of various sizes: the modulus of `publicKey` in bits, undefined if that is malformed or out of bounds. */
  modulusBits?(publicKey: Uint8Array): number | undefined;
}

/** Something that signs with one key: a private key in memory, an agent, a key service. */
export interface Signer {
  /** The public key blob. */
  readonly publicKey: Uint8Array;
  /** Names of the signature algorithms it can make, most preferred first. */
  readonly algorithms: readonly string[];
  /** True if signing takes an action by a person: a client then first asks whether the server would accept the key. */
  readonly asksToSign?: boolean;
  /** The signature blob `string name ‖ string bytes` over `message`; `algorithm` must be one of `algorithms`. */
  sign(algorithm: string, message: Uint8Array): Awaitable<Uint8Array>;
}

/** Rows of every kind by registered name; the order of rows is the order of preference. */
export interface AlgorithmTables<Crypto = CryptoProvider> {
  readonly keyExchanges: Readonly<Record<string, KeyExchangeAlgorithm<Crypto>>>;
  readonly signatures: Readonly<Record<string, SignatureAlgorithm<Crypto>>>;
  readonly ciphers: Readonly<Record<string, CipherAlgorithm<Crypto>>>;
  readonly macs: Readonly<Record<string, MacAlgorithm>>;
  readonly compressions: Readonly<Record<string, CompressionAlgorithm>>;
}
