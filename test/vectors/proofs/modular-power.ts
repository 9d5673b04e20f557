/** RFC 4253 §8: powers modulo the primes of RFC 3526, against answers from Python's `pow`. */
import { noble } from '@nacre/core/noble';
import { modpGroup } from '../../../packages/core/src/algorithms/modp-groups.js';
import { toBytes, toInteger } from '../../../packages/core/src/crypto/integer.js';
import { ascii, concatenate, hex } from '../bytes.js';
import { proof, requireSame } from '../proof.js';

const sha512 = (text: string): Uint8Array => noble.hash('sha512', ascii(text));
const sha256 = (bytes: Uint8Array): Uint8Array => noble.hash('sha256', bytes);

/** SHA-256 of the prime and of the power, both in full length. */
const ANSWERS = [
  [
    2048,
    'd66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e',
    '59a38207550816fe25f42d6e2496106e043d8a5dd6689ff008e3753d032fceb8',
  ],
  [
    4096,
    '4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33',
    'd4fed8b435c8a578465c082700d2450793fbb453f89884c7dc64435ec040a7d7',
  ],
  [
    8192,
    '39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf',
    '318c1697145ac7ae9e0b4bd9a6142893003c1e0d96cac7fb01b601f447c1ff99',
  ],
] as const;

const cases = ANSWERS.map(
  ([bits, ofPrime, ofPower]) =>
    [
      `${bits} bits`,
      async ({ modularPower }: { readonly modularPower: typeof noble.modularPower }) => {
        const { prime } = modpGroup(bits);
        requireSame(sha256(prime), hex(ofPrime));
        // `bits` of hashes of base0, base1 and so on, modulo the prime; the exponent is one hash.
        const hashes = Array.from({ length: bits / 512 }, (_, index) => sha512(`base${index}`));
        const base = toBytes(toInteger(concatenate(...hashes)) % toInteger(prime));
        requireSame(sha256(await modularPower(base, sha512('exponent'), prime)), hex(ofPower));
      },
    ] as const,
);

export const modularPowers = [proof('RFC 4253 §8: modular powers', ['modular powers'], Object.fromEntries(cases))];
