/** The protection of one direction: names and keys as plain data, and how much they have been used (RFC 4253 §9). */
import type {
  AlgorithmTables,
  BatchedPacketCipher,
  CipherAlgorithm,
  CipherKeys,
  MacAlgorithm,
  PacketCipher,
} from '../algorithms/algorithm.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { KeyExchangeError, SnapshotError } from '../errors.js';
import { text, optional, string, uint32, uint64, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import type { KeyLengths } from './key-derivation.js';
import type { NegotiatedDirection } from './negotiation.js';
import { MAXIMUM_PACKETS, maximumBytes } from './rekey.js';

/** One direction in a snapshot. */
export const protectionState = /* @__PURE__ */ record({
  cipher: text,
  mac: optional(text),
  key: string,
  counter: string,
  macKey: string,
  sequenceNumber: uint32,
  bytes: uint64,
  packets: uint32,
});

interface Rows {
  readonly cipher: CipherAlgorithm;
  readonly mac: MacAlgorithm | undefined;
}

/** @throws SnapshotError for names from a snapshot that do not exist; negotiated ones always do. */
function rowsOf({ ciphers, macs }: AlgorithmTables, names: NegotiatedDirection): Rows {
  const cipher = ciphers[names.cipher];
  const mac = macs[names.mac ?? ''];
  if (cipher !== undefined && (cipher.aead || mac !== undefined)) return { cipher, mac };
  throw new SnapshotError(`${names.cipher} with ${names.mac} is not among the algorithms given`);
}

/** The negotiated names of a direction with their keys, which are kept as data so that a snapshot can contain them. */
export class ProtectedDirection {
  readonly names: NegotiatedDirection;
  readonly #key: Uint8Array;
  readonly #macKey: Uint8Array;
  /** The initial counter of the cipher, until the cipher is created. */
  #iv: Uint8Array | undefined;
  /** Traffic since these keys were taken into use. */
  bytes = 0;
  packets = 0;
  /** The most that the cipher can safely carry under one key, in bytes. */
  maximumBytes = 0;

  constructor(names: NegotiatedDirection, keys: CipherKeys) {
    this.names = names;
    this.#key = keys.key;
    this.#macKey = keys.macKey;
    this.#iv = keys.iv;
  }

  static lengths(tables: AlgorithmTables, names: NegotiatedDirection): KeyLengths {
    const { cipher, mac } = rowsOf(tables, names);
    return { keyLength: cipher.keyLength, ivLength: cipher.ivLength, macKeyLength: mac?.keyLength ?? 0 };
  }

  /** Counts a packet. @throws KeyExchangeError before a sequence number could repeat under these keys. */
  count(length: number): void {
    if (this.packets >= MAXIMUM_PACKETS) throw new KeyExchangeError('no more packets are safe under these keys');
    this.bytes += length;
    this.packets += 1;
  }

  /** Security: only once, because a second cipher would reuse nonces. */
  createCipher(crypto: CryptoProvider, tables: AlgorithmTables): PacketCipher | BatchedPacketCipher {
    const { cipher, mac } = rowsOf(tables, this.names);
    if (this.#iv === undefined) throw new TypeError('the cipher of a direction is made once');
    const keys = { key: this.#key, iv: this.#iv, macKey: this.#macKey };
    this.#iv = undefined;
    const created = cipher.createBatched?.(crypto, keys, mac) ?? cipher.create(crypto, keys, mac);
    this.maximumBytes = maximumBytes(created.blockLength);
    return created;
  }

  state(cipher: { counter(): Uint8Array }, sequenceNumber: number): Values<typeof protectionState.fields> {
    const { cipher: name, mac } = this.names;
    const counter = cipher.counter();
    return {
      cipher: name,
      mac,
      key: this.#key,
      macKey: this.#macKey,
      counter,
      sequenceNumber,
      bytes: BigInt(this.bytes),
      packets: this.packets,
    };
  }

  static restore(state: Values<typeof protectionState.fields>): ProtectedDirection {
    const keys = { key: state.key.slice(), iv: state.counter.slice(), macKey: state.macKey.slice() };
    const direction = new ProtectedDirection({ cipher: state.cipher, mac: state.mac, compression: 'none' }, keys);
    direction.bytes = Number(state.bytes);
    direction.packets = state.packets;
    return direction;
  }
}
