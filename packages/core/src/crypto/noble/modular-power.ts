/** Modular exponentiation for Diffie-Hellman over the integers (RFC 4253 §8): no library here has it. */
import { toBytes, toInteger } from '../integer.js';
import type { Awaitable } from '../provider.js';

/** The exponent is read this many bits at a time. */
const WINDOW = 4;
/** Multiplications between two pauses, times the bits of the modulus: some 5 ms on a machine of 2020. */
const SLICE = 2 ** 20;

/** Lets pending work run. */
export type Pause = () => Promise<unknown>;

/** Web Cryptography settles its promises in separate tasks, so that awaiting one is a pause without a timer. */
const nextTask: Pause = () => crypto.subtle.digest('SHA-256', new Uint8Array(0));

/**
 * base^exponent modulo `modulus`, as long as the modulus. Anything longer than a slice is a promise, and pauses between
 * slices. Security: which multiplications are done depends only on the exponent's length, but the time of each depends
 * on its operands; exponents are used for one exchange and never again.
 */
export function modularPower(
  base: Uint8Array,
  exponent: Uint8Array,
  modulus: Uint8Array,
  pause: Pause = nextTask,
): Awaitable<Uint8Array> {
  const work = power(toInteger(base), exponent, toInteger(modulus));
  const first = work.next();
  if (first.done === true) return toBytes(first.value, modulus.length);
  return finish(work, pause).then((result) => toBytes(result, modulus.length));
}

async function finish(work: Generator<void, bigint>, pause: Pause): Promise<bigint> {
  for (;;) {
    await pause();
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Yields at the end of a slice. */
function* power(base: bigint, exponent: Uint8Array, modulus: bigint): Generator<void, bigint> {
  const slice = Math.ceil(SLICE / modulus.toString(16).length / 4);
  const powers = [1n % modulus];
  for (let index = 1; index < 1 << WINDOW; index += 1) powers.push((powers[index - 1]! * base) % modulus);
  let result = powers[0]!;
  let multiplications = powers.length;
  for (const byte of exponent) {
    for (const digit of [byte >> WINDOW, byte & ((1 << WINDOW) - 1)]) {
      for (let square = 0; square < WINDOW; square += 1) result = (result * result) % modulus;
      result = (result * powers[digit]!) % modulus;
      multiplications += WINDOW + 1;
    }
    if (multiplications < slice) continue;
    multiplications = 0;
    yield;
  }
  return result;
}
