/** RFC 4253 §7.2, §8: the exchange hash and the keys that come out of an exchange. */
import type { CipherKeys, ExchangeOutcome, KeyExchangeAlgorithm } from '../algorithms/algorithm.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { Writer } from '../wire/writer.js';

/** What the exchange hash covers, in its order. */
export interface Transcript {
  readonly clientIdentification: string;
  readonly serverIdentification: string;
  readonly clientKexinit: Uint8Array;
  readonly serverKexinit: Uint8Array;
  readonly hostKey: Uint8Array;
  readonly outcome: ExchangeOutcome;
}

/** H = HASH(V_C ‖ V_S ‖ I_C ‖ I_S ‖ K_S ‖ what was exchanged ‖ K). */
export function exchangeHash(
  crypto: CryptoProvider,
  algorithm: KeyExchangeAlgorithm,
  transcript: Transcript,
): Uint8Array {
  const writer = new Writer(4096);
  writer.text(transcript.clientIdentification);
  writer.text(transcript.serverIdentification);
  writer.string(transcript.clientKexinit);
  writer.string(transcript.serverKexinit);
  writer.string(transcript.hostKey);
  writer.fixed(transcript.outcome.exchanged);
  writer[algorithm.secretEncoding](transcript.outcome.sharedSecret);
  return crypto.hash(algorithm.hash, writer.written());
}

/** Lengths of what one direction needs, in bytes. */
export interface KeyLengths {
  readonly keyLength: number;
  readonly ivLength: number;
  readonly macKeyLength: number;
}

/** The letters of RFC 4253 §7.2, by direction. */
const LETTERS = {
  clientToServer: { iv: 'A', key: 'C', macKey: 'E' },
  serverToClient: { iv: 'B', key: 'D', macKey: 'F' },
} as const;

export type Direction = keyof typeof LETTERS;

/** The key of a MAC that a cipher needs none of. */
const NOTHING = new Uint8Array(0);

/** Derives the keys of one direction. */
export function deriveKeys(
  crypto: CryptoProvider,
  algorithm: KeyExchangeAlgorithm,
  exchange: { readonly sharedSecret: Uint8Array; readonly hash: Uint8Array; readonly sessionId: Uint8Array },
  direction: Direction,
  lengths: KeyLengths,
): CipherKeys {
  const writer = new Writer(128);
  writer[algorithm.secretEncoding](exchange.sharedSecret);
  writer.fixed(exchange.hash);
  const prefix = writer.written();
  const derive = (letter: string, length: number): Uint8Array => {
    if (length === 0) return NOTHING;
    const first = crypto.hash(algorithm.hash, prefix, new Uint8Array([letter.charCodeAt(0)]), exchange.sessionId);
    const blocks = [first];
    for (let derived = first.length; derived < length; derived += first.length) {
      blocks.push(crypto.hash(algorithm.hash, prefix, ...blocks));
    }
    const key = new Writer(length);
    for (const block of blocks) key.fixed(block);
    return key.written().slice(0, length);
  };
  const letters = LETTERS[direction];
  return {
    iv: derive(letters.iv, lengths.ivLength),
    key: derive(letters.key, lengths.keyLength),
    macKey: derive(letters.macKey, lengths.macKeyLength),
  };
}
