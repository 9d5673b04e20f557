/** ChaCha20 and Poly1305 in WebAssembly: equal to the portable ones, and identical to what their source builds. */
import * as fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { equalBytes } from '@nacre/core/crypto';
import * as portable from '@nacre/core/noble/chacha20-poly1305';
import { chacha20, poly1305 } from '@nacre/core/wasm/chacha20-poly1305';
import { MODULE } from '../../packages/core/src/crypto/wasm/chacha20-poly1305-module.js';
import { concatenate, hex } from './bytes.js';

const BUILD = new URL('../../scripts/wasm/build.mjs', import.meta.url).href;

test('the bytes are those of the source', async () => {
  const { compile } = (await import(BUILD)) as { compile(): Promise<string> };
  expect(await compile()).toBe(MODULE);
});

const zeros = '00'.repeat(16);
const ones = 'ff'.repeat(16);
const fields = 'e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000';

/** The key is r ‖ s. */
test.each([
  ['#1: nothing', zeros, zeros, zeros.repeat(4), zeros],
  ['#5: the residue is above 2^130 - 5', `02${zeros.slice(2)}`, zeros, ones, `03${zeros.slice(2)}`],
  ['#6: s carries out of 2^128', `02${zeros.slice(2)}`, ones, `02${zeros.slice(2)}`, `03${zeros.slice(2)}`],
  [
    '#7: a carry runs through all limbs',
    `01${zeros.slice(2)}`,
    zeros,
    `${ones}f0${ones.slice(2)}11${zeros.slice(2)}`,
    `05${zeros.slice(2)}`,
  ],
  [
    '#8: a carry out of the last limb',
    `01${zeros.slice(2)}`,
    zeros,
    `${ones}fb${'fe'.repeat(15)}${'01'.repeat(16)}`,
    zeros,
  ],
  ['#9: 2^130 - 6', `02${zeros.slice(2)}`, zeros, `fd${ones.slice(2)}`, `fa${ones.slice(2)}`],
  [
    '#10: 5 · h carries',
    '01000000000000000400000000000000',
    zeros,
    `${fields}${zeros}01${zeros.slice(2)}`,
    '14000000000000005500000000000000',
  ],
  ['#11: 5 · h + c carries', '01000000000000000400000000000000', zeros, `${fields}${zeros}`, `13${zeros.slice(2)}`],
])('RFC 8439 §A.3: Poly1305 %s', (_name, r, s, message, tag) => {
  expect(poly1305(concatenate(hex(r), hex(s)), hex(message))).toEqual(hex(tag));
});

/** Bytes at which limbs are full, empty, or next to it. */
const edge = fc.constantFrom(0x00, 0x01, 0x03, 0x04, 0x05, 0x7f, 0x80, 0xfa, 0xfb, 0xfc, 0xfe, 0xff);
const edges = (length: number) =>
  fc.array(edge, { minLength: length, maxLength: length }).map((values) => Uint8Array.from(values));

test('Poly1305 equals the portable one at every length up to 300, where limbs are full too', () => {
  for (let length = 0; length <= 300; length += 1) {
    const any = fc.tuple(fc.oneof(edges(32), fc.uint8Array({ minLength: 32, maxLength: 32 })), edges(length));
    fc.assert(
      fc.property(any, ([key, message]) => equalBytes(poly1305(key, message), portable.poly1305(key, message))),
      { numRuns: 10 },
    );
  }
});

/** Around the pieces in which longer text is processed, and a packet of the largest size. */
test.each([49_151, 49_152, 49_153, 49_168, 98_305, 262_144 + 4, 300_001])(
  '%d bytes are as the portable ones',
  (length) => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
    const nonce = Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4);
    const message = Uint8Array.from({ length }, (_, index) => (index % 251 === 0 ? 255 : index));
    expect(poly1305(key, message)).toEqual(portable.poly1305(key, message));
    const [ours, theirs] = [message.slice(), message.slice()];
    chacha20(key, nonce, ours, 7);
    portable.chacha20(key, nonce, theirs, 7);
    expect(equalBytes(ours, theirs)).toBe(true);
  },
);

test('ChaCha20 at every length up to 600, and nothing behind the text changes', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  const nonce = Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2);
  for (let length = 0; length <= 600; length += 1) {
    const [ours, theirs] = [new Uint8Array(length + 8), new Uint8Array(length)];
    chacha20(key, nonce, ours.subarray(3, 3 + length), length);
    portable.chacha20(key, nonce, theirs, length);
    expect(equalBytes(ours, concatenate(new Uint8Array(3), theirs, new Uint8Array(5)))).toBe(true);
  }
});

test('the block counter of ChaCha20 carries into its second word', () => {
  const key = new Uint8Array(32).fill(1);
  const nonce = new Uint8Array(8).fill(2);
  const whole = new Uint8Array(5 * 64);
  chacha20(key, nonce, whole, 2 ** 32 - 2);
  for (let block = 0; block < 5; block += 1) {
    const one = new Uint8Array(64);
    chacha20(key, nonce, one, 2 ** 32 - 2 + block);
    expect(whole.slice(block * 64, block * 64 + 64)).toEqual(one);
  }
  expect(whole.slice(0, 64)).not.toEqual(whole.slice(128, 192));
});

test('nothing of a call is left in its memory', async () => {
  const memories: WebAssembly.Memory[] = [];
  class Instance extends WebAssembly.Instance {
    constructor(module: WebAssembly.Module) {
      super(module);
      memories.push(this.exports['memory'] as WebAssembly.Memory);
    }
  }
  vi.stubGlobal('WebAssembly', { Module: WebAssembly.Module, Instance });
  onTestFinished(() => void vi.unstubAllGlobals());
  vi.resetModules();
  const fresh = await import('../../packages/core/src/crypto/wasm/chacha20-poly1305.js');
  const key = new Uint8Array(32).fill(1);
  for (const length of [1, 15, 16, 17, 64, 1000, 49_152, 100_001]) {
    const message = new Uint8Array(length).fill(2);
    for (const call of [() => fresh.poly1305(key, message), () => fresh.chacha20(key, key.subarray(24), message, 3)]) {
      call();
      expect(memories).toHaveLength(1);
      expect(new Uint8Array(memories[0]!.buffer).findIndex((byte) => byte !== 0)).toBe(-1);
    }
  }
});
