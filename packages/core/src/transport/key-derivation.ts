/** RFC 4253 §7.2, §8: the exchange hash and the keys derived from an exchange. */
import type { CipherKeys, ExchangeOutcome, KeyExchangeAlgorithm } from '../algorithms/algorithm.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { concatenate } from '../wire/concatenate.js';
import { Writer } from '../wire/writer.js';

/** What the exchange hash covers, in order. */
export interface Transcript {
  readonly clientIdentification: string;
  readonly serverIdentification: string;
  readonly clientKexinit: Uint8Array;
  readonly serverKexinit: Uint8Array;
  readonly hostKey: Uint8Array;
  readonly outcome: ExchangeOutcome;
}

/** Scratch space for what is hashed, some 3 KiB a login. */
const draft = /* @__PURE__ */ new Writer(0);

/** H = HASH(V_C ‖ V_S ‖ I_C ‖ I_S ‖ K_S ‖ exchanged values ‖ K). */
export function exchangeHash(
  crypto: CryptoProvider,
  algorithm: KeyExchangeAlgorithm,
  transcript: Transcript,
): Uint8Array {
  draft.offset = 0;
  draft.reserve(4096);
  draft.text(transcript.clientIdentification);
  draft.text(transcript.serverIdentification);
  draft.string(transcript.clientKexinit);
  draft.string(transcript.serverKexinit);
  draft.string(transcript.hostKey);
  draft.fixed(transcript.outcome.exchanged);
  draft[algorithm.secretEncoding](transcript.outcome.sharedSecret);
  const covered = draft.written();
  const hash = crypto.hash(algorithm.hash, covered);
  // Security: it ends with the shared secret.
  covered.fill(0);
  return hash;
}

/** Lengths of the key material for one direction, in bytes. */
export interface KeyLengths {
  readonly keyLength: number;
  readonly ivLength: number;
  readonly macKeyLength: number;
}

/** The letters of RFC 4253 §7.2 for IV, key and MAC key, by direction. */
const LETTERS = { clientToServer: 'ACE', serverToClient: 'BDF' } as const;

export type Direction = keyof typeof LETTERS;

/** The MAC key for ciphers that need none. */
const NOTHING = new Uint8Array(0);

/** Derives the keys of each direction: HASH(K ‖ H ‖ letter ‖ session_id), extended by HASH(K ‖ H ‖ key so far). */
export function keyDerivation(
  crypto: CryptoProvider,
  algorithm: KeyExchangeAlgorithm,
  exchange: { readonly sharedSecret: Uint8Array; readonly hash: Uint8Array; readonly sessionId: Uint8Array },
): (direction: Direction, lengths: KeyLengths) => CipherKeys {
  const writer = new Writer(192);
  writer[algorithm.secretEncoding](exchange.sharedSecret);
  writer.fixed(exchange.hash);
  const letterAt = writer.offset;
  writer.byte(0);
  writer.fixed(exchange.sessionId);
  const input = writer.written();
  return (direction, lengths) => {
    const derive = (index: number, length: number): Uint8Array => {
      if (length === 0) return NOTHING;
      input[letterAt] = LETTERS[direction].charCodeAt(index);
      let key = crypto.hash(algorithm.hash, input);
      while (key.length < length)
        key = concatenate([key, crypto.hash(algorithm.hash, input.subarray(0, letterAt), key)]);
      return key.slice(0, length);
    };
    const { ivLength, keyLength, macKeyLength } = lengths;
    return { iv: derive(0, ivLength), key: derive(1, keyLength), macKey: derive(2, macKeyLength) };
  };
}
