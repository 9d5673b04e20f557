/** RFC 6455 §5.3: masking, four bytes at a time. */

const WORD = 4;
/** Below this many bytes, a view of words costs more than it saves. */
const SHORT = 48;

/**
 * XORs `bytes` with the masking key, in place; the same call masks and unmasks.
 *
 * @param key four bytes
 * @param phase how many bytes of the payload came before these
 */
export function applyMask(bytes: Uint8Array, key: Uint8Array, phase: number): void {
  const { byteOffset, length } = bytes;
  const head = length < SHORT ? length : -byteOffset & (WORD - 1);
  applyByBytes(bytes, key, phase, 0, head);
  const words = (length - head) >>> 2;
  if (words === 0) return;
  applyByWords(new Uint32Array(bytes.buffer, byteOffset + head, words), keyAsWord(key, phase + head));
  // Whole words move the phase by a multiple of four.
  applyByBytes(bytes, key, phase, head + words * WORD, length);
}

function applyByBytes(bytes: Uint8Array, key: Uint8Array, phase: number, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    bytes[index] = (bytes[index] as number) ^ (key[(phase + index) & 3] as number);
  }
}

/** Eight words per iteration: otherwise the loop itself is half of the work. */
function applyByWords(words: Uint32Array, key: number): void {
  const whole = words.length & ~7;
  let index = 0;
  for (; index < whole; index += 8) {
    words[index] = (words[index] as number) ^ key;
    words[index + 1] = (words[index + 1] as number) ^ key;
    words[index + 2] = (words[index + 2] as number) ^ key;
    words[index + 3] = (words[index + 3] as number) ^ key;
    words[index + 4] = (words[index + 4] as number) ^ key;
    words[index + 5] = (words[index + 5] as number) ^ key;
    words[index + 6] = (words[index + 6] as number) ^ key;
    words[index + 7] = (words[index + 7] as number) ^ key;
  }
  for (; index < words.length; index++) words[index] = (words[index] as number) ^ key;
}

/** The key, rotated to this phase, in the machine's byte order. */
function keyAsWord(key: Uint8Array, phase: number): number {
  const turned = Uint8Array.from({ length: WORD }, (_, index) => key[(phase + index) & 3] as number);
  return new Uint32Array(turned.buffer)[0] as number;
}
