/** Streamlined NTRU Prime sntrup761 against answers of the reference implementation, whose origin the answers' file names. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { sntrup761 } from '../../../packages/core/src/crypto/sntrup761/kem.js';
import answers from '../sntrup761.json' with { type: 'json' };
import { ascii, concatenate, hex } from '../bytes.js';
import { proof, requireSame, requireThat, type Cases } from '../proof.js';

/** The random stream of a seed. */
function stream({ hash }: CryptoProvider, seed: string): (length: number) => Uint8Array {
  let waiting: Uint8Array = new Uint8Array(0);
  let block = 0;
  return (length) => {
    while (waiting.length < length) {
      const index = Uint8Array.of(block >>> 24, block >>> 16, block >>> 8, block);
      block += 1;
      waiting = concatenate(waiting, hash('sha512', ascii(seed), index));
    }
    const taken = waiting.slice(0, length);
    waiting = waiting.slice(length);
    return taken;
  };
}

async function answer(provider: CryptoProvider, expected: (typeof answers.cases)[number]): Promise<void> {
  const requireDigest = (bytes: Uint8Array, digest: string) => requireSame(provider.hash('sha256', bytes), hex(digest));
  const kem = sntrup761({ random: stream(provider, expected.seed), hash: provider.hash });
  const { publicKey, secretKey } = await kem.generate();
  requireDigest(publicKey, expected.publicKey);
  requireDigest(secretKey, expected.secretKey);
  const { ciphertext, sharedSecret } = await kem.encapsulate(publicKey);
  requireDigest(ciphertext, expected.ciphertext);
  requireSame(sharedSecret, hex(expected.sharedSecret));
  requireSame(await kem.decapsulate(secretKey, ciphertext), sharedSecret);
  // A forged ciphertext gives a secret of its own: nothing tells its author that it was refused.
  ciphertext[expected.flippedByte]! ^= 1 << expected.flippedBit;
  requireSame(await kem.decapsulate(secretKey, ciphertext), hex(expected.ofFlipped));
  requireSame(await kem.decapsulate(secretKey, ciphertext.fill(0xff)), hex(expected.ofOnes));
}

async function refuseLengths(provider: CryptoProvider): Promise<void> {
  const kem = sntrup761(provider);
  const { publicKey, secretKey } = await kem.generate();
  const { ciphertext } = await kem.encapsulate(publicKey);
  for (const length of [0, 1157, 1159]) requireRefused(() => kem.encapsulate(new Uint8Array(length)));
  for (const length of [0, 1038, 1040]) requireRefused(() => kem.decapsulate(secretKey, new Uint8Array(length)));
  requireRefused(() => kem.decapsulate(secretKey.subarray(1), ciphertext));
}

function requireRefused(act: () => unknown): void {
  let refused = false;
  try {
    act();
  } catch {
    refused = true;
  }
  requireThat(refused, 'a refusal');
}

const caseOf = (expected: (typeof answers.cases)[number]): [string, Cases[string]] => [
  expected.seed,
  (provider) => answer(provider, expected),
];
/** Each takes a twentieth of a second: the unit tests have these, `thorough` the others. */
const FEW = 2;

export const sntrup761Answers = [
  proof('sntrup761', [], {
    ...Object.fromEntries(answers.cases.slice(0, FEW).map(caseOf)),
    'keys and ciphertexts of another length are refused': refuseLengths,
  }),
];
export const moreSntrup761Answers = [
  proof('sntrup761, other seeds', [], Object.fromEntries(answers.cases.slice(FEW).map(caseOf))),
];
