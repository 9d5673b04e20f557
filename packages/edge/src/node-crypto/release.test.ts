/** Memory that is freed at once, and memory that must not be. */
import { expect, test } from 'vitest';
import { release } from './release.js';

test('gives back the memory of a long result at once', () => {
  const result = new Uint8Array(32 * 1024);
  release(result);
  expect(result.buffer.byteLength).toBe(0);
});

test('leaves memory alone that others may share', () => {
  const pool = new Uint8Array(64 * 1024).fill(7);
  release(pool.subarray(0, 32 * 1024));
  expect(pool.every((byte) => byte === 7)).toBe(true);
});

test('leaves short results to the collector', () => {
  const result = new Uint8Array(64).fill(7);
  release(result);
  expect(result[0]).toBe(7);
});
