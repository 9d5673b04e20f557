/**
 * ChaCha20 and Poly1305 (RFC 8439 §2.5) in WebAssembly, for runtimes that allow modules to be built from bytes; Workers
 * do not.
 *
 * The module is created on the first call and shared by all. It works on a copy in its own memory, which is wiped after
 * each call. Its source, and the layout of its memory, are in scripts/wasm/chacha20-poly1305.mjs.
 */
import { decodeBase64 } from '../base64.js';
import { MODULE } from './chacha20-poly1305-module.js';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Works on whole groups of four blocks: the memory after the text must be free. */
  chacha20(text: number, length: number): void;
  /** `length` is a multiple of 16; `one` is 0 for a final block that is padded. */
  poly1305Blocks(text: number, length: number, one: 0 | 1): void;
  poly1305Tag(): void;
}

const STATE = 0;
const COUNTER = 48;
const NONCE = 56;
const POLY1305_KEY = 64;
const ACCUMULATOR = 96;
const TAG = 136;
const TEXT = 256;
const TAG_LENGTH = 16;
const POLY1305_BLOCK = 16;
/** Longer text is processed in pieces of this many bytes, which hold the largest packet of 32 KiB data and fit the memory. */
const PIECE = 48 * 1024;
const CHACHA20_BLOCK = 64;
const COUNTER_END = 2 ** 32;
/** `expand 32-byte k`. */
const CONSTANTS = Uint8Array.from('expand 32-byte k', (character) => character.charCodeAt(0));

interface Loaded {
  readonly exports: Exports;
  readonly memory: Uint8Array;
  readonly words: DataView;
}
let loaded: Loaded | undefined;

function load(): Loaded {
  const module = new WebAssembly.Module(decodeBase64(MODULE)!);
  const { exports } = new WebAssembly.Instance<Exports>(module);
  const { buffer } = exports.memory;
  return { exports, memory: new Uint8Array(buffer), words: new DataView(buffer) };
}

/** As in `CryptoProvider`. */
export function chacha20(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array, counter: number): Uint8Array {
  const { exports, memory, words } = (loaded ??= load());
  memory.set(CONSTANTS, STATE);
  memory.set(key, STATE + CONSTANTS.length);
  memory.set(nonce, NONCE);
  let block = counter;
  for (let offset = 0; offset < bytes.length;) {
    const low = block % COUNTER_END;
    // Within a call only the low word of the counter advances.
    const piece = bytes.subarray(offset, offset + Math.min(PIECE, (COUNTER_END - low) * CHACHA20_BLOCK));
    words.setUint32(COUNTER, low, true);
    words.setUint32(COUNTER + 4, block / COUNTER_END, true);
    memory.set(piece, TEXT);
    exports.chacha20(TEXT, piece.length);
    piece.set(memory.subarray(TEXT, TEXT + piece.length));
    offset += piece.length;
    block += Math.ceil(piece.length / CHACHA20_BLOCK);
  }
  memory.fill(0, STATE, TEXT + Math.min(bytes.length, PIECE) + 4 * CHACHA20_BLOCK);
  return bytes;
}

/** As in `CryptoProvider`. */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const { exports, memory } = (loaded ??= load());
  memory.set(key, POLY1305_KEY);
  memory.fill(0, ACCUMULATOR, TAG);
  const whole = message.length - (message.length % POLY1305_BLOCK);
  for (let offset = 0; offset < whole; offset += PIECE) {
    const piece = message.subarray(offset, Math.min(offset + PIECE, whole));
    memory.set(piece, TEXT);
    exports.poly1305Blocks(TEXT, piece.length, 1);
  }
  if (whole < message.length) {
    memory.fill(0, TEXT, TEXT + POLY1305_BLOCK);
    memory.set(message.subarray(whole), TEXT);
    memory[TEXT + message.length - whole] = 1;
    exports.poly1305Blocks(TEXT, POLY1305_BLOCK, 0);
  }
  exports.poly1305Tag();
  const tag = memory.slice(TAG, TAG + TAG_LENGTH);
  memory.fill(0, POLY1305_KEY, TEXT + Math.min(message.length, PIECE) + POLY1305_BLOCK);
  return tag;
}
