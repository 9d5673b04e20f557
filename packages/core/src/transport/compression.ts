/** RFC 4253 §6.2, OpenSSH's PROTOCOL §1.2: compression of payloads, which restarts with each direction's new keys. */
import type { AlgorithmTables, CompressionAlgorithm, Compressor, Decompressor } from '../algorithms/algorithm.js';
import { Writer } from '../wire/writer.js';
import type { PacketWriter } from './packet-writer.js';

/** Both directions. Without compression, payloads pass through unchanged. */
export class PayloadCompression {
  readonly #rows: AlgorithmTables['compressions'];
  #outgoing: CompressionAlgorithm | undefined;
  #incoming: CompressionAlgorithm | undefined;
  #compressor: Compressor | undefined;
  #decompressor: Decompressor | undefined;
  #isAuthenticated = false;

  constructor(rows: AlgorithmTables['compressions']) {
    this.#rows = rows;
  }

  /** Our keys have changed: payloads from here on must be readable without the earlier ones. */
  outgoing(name: string): void {
    this.#outgoing = this.#rows[name];
    this.#compressor = this.#begun(this.#outgoing)?.compressor();
  }

  /** The peer's keys have changed. */
  incoming(name: string): void {
    this.#incoming = this.#rows[name];
    this.#decompressor = this.#begun(this.#incoming)?.decompressor();
  }

  /** SSH_MSG_USERAUTH_SUCCESS has been sent, or received: delayed compression starts with the next packet. */
  authenticated(): void {
    this.#isAuthenticated = true;
    this.#compressor ??= this.#begun(this.#outgoing)?.compressor();
    this.#decompressor ??= this.#begun(this.#incoming)?.decompressor();
  }

  /** Lets `encode` write a payload of about `capacity` bytes into a packet, compressing it if compression has started. */
  write(packets: PacketWriter, capacity: number, encode: (writer: Writer) => void): void {
    if (this.#compressor === undefined) {
      encode(packets.begin(capacity));
      return;
    }
    const plain = new Writer(capacity);
    encode(plain);
    const compressed = this.#compressor.compress(plain.written());
    packets.begin(compressed.length).fixed(compressed);
  }

  /** The payload as the peer wrote it, at most `maximum` bytes. @throws CompressionError */
  inflate(payload: Uint8Array | undefined, maximum: number): Uint8Array | undefined {
    return this.#decompressor === undefined || payload === undefined
      ? payload
      : this.#decompressor.decompress(payload, maximum);
  }

  /** The row, if it compresses at this point. */
  #begun(row: CompressionAlgorithm | undefined) {
    if (row === undefined || row.begins === 'never') return undefined;
    return row.begins === 'with-keys' || this.#isAuthenticated ? row : undefined;
  }
}
