/** NTRU Prime (round 3) §3.1 to §3.5: arithmetic and encodings, compared with the plain definitions. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRingQ, decodeRounded, decodeSmall, encodeRingQ, encodeRounded, encodeSmall } from './encoding.js';
import { modulo3, moduloQ, nonZeroMask, P, Q, W } from './parameters.js';
import { randomShort, randomSmall } from './random.js';
import { invertSmall, multiplySmall } from './ring-3.js';
import { invertThrice, multiplyByThree, multiplyBySmall, round } from './ring-q.js';

const small = fc.array(fc.integer({ min: -1, max: 1 }), { minLength: P, maxLength: P }).map((f) => Int8Array.from(f));
const ringQ = fc
  .array(fc.integer({ min: -2295, max: 2295 }), { minLength: P, maxLength: P })
  .map((f) => Int16Array.from(f));
const few = { numRuns: 10 };

function bytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

const one = (length: number): number[] => Array.from({ length }, (_, index) => (index === 0 ? 1 : 0));

test('§3.1: modulo 3 and q', () => {
  const isReduced = (x: number, reduced: number, m: number): boolean =>
    Math.abs(reduced) <= (m - 1) / 2 && (x - reduced) % m === 0;
  const wrong: number[] = [];
  for (let x = -10_600_000; x < 10_600_000; x += 97) if (!isReduced(x, moduloQ(x), Q)) wrong.push(x);
  for (let x = -3000; x <= 3000; x += 1) if (!isReduced(x, modulo3(x), 3)) wrong.push(x);
  expect(wrong).toEqual([]);
  expect([0, 1, -1, 2 ** 30].map(nonZeroMask)).toEqual([0, -1, -1, -1]);
});

test('§3.2: x^760 times x is x + 1', () => {
  const f = new Int8Array(P);
  const x = new Int8Array(P);
  f[P - 1] = 1;
  x[1] = 1;
  const product = [...multiplySmall(f, x)];
  expect(product.slice(0, 3)).toEqual([1, 1, 0]);
  expect(product.slice(2).every((coefficient) => coefficient === 0)).toBe(true);
});

test('§3.2: a polynomial times its inverse in R/3 is 1, and what is 0 has none', () => {
  fc.assert(
    fc.property(small, (f) => {
      const inverse = invertSmall(f);
      return inverse === undefined || multiplySmall(inverse, f).join() === one(P).join();
    }),
    few,
  );
  expect(invertSmall(new Int8Array(P))).toBe(undefined);
});

test('§3.3: three times a short polynomial times its inverse in R/q is 1', () => {
  for (let run = 0; run < 5; run += 1) {
    const f = randomShort(bytes);
    expect([...multiplyByThree(multiplyBySmall(invertThrice(f), f))]).toEqual(one(P));
  }
});

test('§3.4: encodings are undone, and any bytes are some polynomial', () => {
  fc.assert(
    fc.property(small, (f) => decodeSmall(encodeSmall(f)).join() === f.join()),
    few,
  );
  fc.assert(
    fc.property(ringQ, (f) => {
      const rounded = round(f);
      expect(encodeRingQ(f)).toHaveLength(1158);
      expect(encodeRounded(rounded)).toHaveLength(1007);
      expect(
        rounded.every((coefficient, index) => coefficient % 3 === 0 && Math.abs(coefficient - f[index]!) <= 1),
      ).toBe(true);
      return (
        decodeRingQ(encodeRingQ(f)).join() === f.join() &&
        decodeRounded(encodeRounded(rounded)).join() === rounded.join()
      );
    }),
    few,
  );
  const decoded = [decodeRingQ(new Uint8Array(1158).fill(255)), decodeRounded(new Uint8Array(1007).fill(255))];
  for (const f of decoded) expect(f.every((coefficient) => Math.abs(coefficient) <= 2295)).toBe(true);
});

test('§3.6: short polynomials have their weight, and small ones all three coefficients', () => {
  for (let run = 0; run < 20; run += 1) {
    expect(randomShort(bytes).filter((coefficient) => coefficient !== 0)).toHaveLength(W);
    expect(new Set(randomSmall(bytes))).toEqual(new Set([-1, 0, 1]));
  }
});
