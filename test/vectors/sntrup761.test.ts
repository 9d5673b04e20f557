/** Streamlined NTRU Prime sntrup761 against answers of the reference implementation, whose origin the file of answers names. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { noble } from '@nacre/core/noble';
import { sntrup761 } from '../../packages/core/src/crypto/sntrup761/kem.js';
import { hex } from './providers.js';
import answers from './sntrup761.json' with { type: 'json' };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The random stream that a seed stands for. */
function stream(seed: string): (length: number) => Uint8Array {
  let waiting: readonly number[] = [];
  let block = 0;
  return (length) => {
    while (waiting.length < length) {
      const index = Buffer.alloc(4);
      index.writeUInt32BE(block);
      block += 1;
      waiting = [...waiting, ...createHash('sha512').update(seed).update(index).digest()];
    }
    const taken = Uint8Array.from(waiting.slice(0, length));
    waiting = waiting.slice(length);
    return taken;
  };
}

test.each(answers.cases)('$seed', async (answer) => {
  const kem = sntrup761({ random: stream(answer.seed), hash: noble.hash });
  const { publicKey, secretKey } = await kem.generate();
  expect([sha256(publicKey), sha256(secretKey)]).toEqual([answer.publicKey, answer.secretKey]);
  const { ciphertext, sharedSecret } = await kem.encapsulate(publicKey);
  expect(sha256(ciphertext)).toBe(answer.ciphertext);
  expect(sharedSecret).toEqual(hex(answer.sharedSecret));
  expect(await kem.decapsulate(secretKey, ciphertext)).toEqual(sharedSecret);
  // A forged ciphertext gives a secret of its own: nothing tells its maker that it was refused.
  ciphertext[answer.flippedByte]! ^= 1 << answer.flippedBit;
  expect(await kem.decapsulate(secretKey, ciphertext)).toEqual(hex(answer.ofFlipped));
  expect(await kem.decapsulate(secretKey, ciphertext.fill(0xff))).toEqual(hex(answer.ofOnes));
});

test('keys and ciphertexts of another length are refused', async () => {
  const kem = sntrup761(noble);
  const { publicKey, secretKey } = await kem.generate();
  const { ciphertext } = await kem.encapsulate(publicKey);
  for (const length of [0, 1157, 1159]) expect(() => kem.encapsulate(new Uint8Array(length))).toThrow();
  for (const length of [0, 1038, 1040]) expect(() => kem.decapsulate(secretKey, new Uint8Array(length))).toThrow();
  expect(() => kem.decapsulate(secretKey.subarray(1), ciphertext)).toThrow();
});
