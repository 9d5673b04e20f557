/** NIST SP 800-38A §B.1: the counter of AES-CTR, one big-endian number as long as a block. */

const BLOCK_LENGTH = 16;

/** Advances over `byteLength` bytes of text, which must be whole blocks. */
export function advanceCounter(counter: Uint8Array, byteLength: number): void {
  let carry = byteLength / BLOCK_LENGTH;
  for (let index = BLOCK_LENGTH - 1; index >= 0 && carry > 0; index -= 1) {
    carry += counter[index]!;
    counter[index] = carry;
    carry >>>= 8;
  }
}
