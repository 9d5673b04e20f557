/** FIPS 186-5 §B.3.1 and Pocklington's criterion: whether a number that a peer claims to be a safe prime is one. */
import { toBytes, toInteger } from '../crypto/integer.js';
import type { GroupPrimitives } from './finite-field.js';

/** Rounds for (p-1)/2: random composites do not pass even one; composites constructed to pass have a chance of 1/4 in each. */
const ROUNDS = 2;
/** No prime found by searching has q-1 divisible by this power of two; it bounds the squarings of a round. */
const MAXIMUM_TWOS = 64;

/** Whether p and (p-1)/2 are probably prime. Takes three powers modulo p, and yields to the event loop as they do. */
export async function isSafePrime(crypto: GroupPrimitives, p: Uint8Array): Promise<boolean> {
  const value = toInteger(p);
  // With p = 2q + 1 and q odd, p is 3 modulo 4; modulo 3 neither p nor q is 0.
  if (value < 11n || value % 4n !== 3n || value % 3n !== 2n) return false;
  const q = (value - 1n) / 2n;
  for (let round = 0; round < ROUNDS; round += 1) if (!(await passesMillerRabin(crypto, q))) return false;
  // Pocklington: if q is a prime above √p, then p is prime if 2^(p-1) is 1 modulo p and 2^2 - 1 has no factor in common
  // with p.
  const fermat = await crypto.modularPower(Uint8Array.of(2), toBytes(value - 1n), p);
  return toInteger(fermat) === 1n;
}

/** One round with a base that the peer could not predict. */
async function passesMillerRabin(crypto: GroupPrimitives, q: bigint): Promise<boolean> {
  let twos = 0;
  let odd = q - 1n;
  for (; odd % 2n === 0n && twos <= MAXIMUM_TWOS; twos += 1) odd /= 2n;
  if (twos > MAXIMUM_TWOS) return false;
  const modulus = toBytes(q);
  const base = (toInteger(crypto.random(modulus.length)) % (q - 3n)) + 2n;
  let x = toInteger(await crypto.modularPower(toBytes(base), toBytes(odd), modulus));
  if (x === 1n || x === q - 1n) return true;
  for (let square = 1; square < twos; square += 1) {
    x = (x * x) % q;
    if (x === q - 1n) return true;
  }
  return false;
}
