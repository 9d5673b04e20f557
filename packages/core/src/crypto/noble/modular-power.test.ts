/** Modular exponentiation, compared with its definition. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBytes, toInteger } from '../integer.js';
import { modularPower } from './modular-power.js';

function definition(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus;
  for (let [power, rest] = [base, exponent]; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * power) % modulus;
    power = (power * power) % modulus;
  }
  return result;
}

const odd = fc.bigInt({ min: 1n, max: 2n ** 300n }).map((value) => 2n * value + 1n);

test('is the power, as long as the modulus', async () => {
  const any = fc.bigInt({ min: 0n, max: 2n ** 200n });
  await fc.assert(
    fc.asyncProperty(any, any, odd, async (base, exponent, modulus) => {
      const bytes = toBytes(modulus);
      const power = await modularPower(toBytes(base), toBytes(exponent), bytes);
      expect(power).toHaveLength(bytes.length);
      expect(toInteger(power)).toBe(definition(base, exponent, modulus));
    }),
  );
});

test('a short one is there at once, a long one pauses again and again', async () => {
  const modulus = 2n ** 4096n - 1n;
  const short = modularPower(Uint8Array.of(2), Uint8Array.of(3), toBytes(modulus));
  expect(short).toBeInstanceOf(Uint8Array);
  let pauses = 0;
  const pause = (): Promise<void> => {
    pauses += 1;
    return Promise.resolve();
  };
  const exponent = new Uint8Array(100).fill(0xa5);
  const base = toBytes(modulus / 3n);
  const long = modularPower(base, exponent, toBytes(modulus), pause);
  expect(long).toBeInstanceOf(Promise);
  expect(toInteger(await long)).toBe(definition(modulus / 3n, toInteger(exponent), modulus));
  expect(pauses).toBeGreaterThanOrEqual(3);
});
