import { expect, test } from 'vitest';
import type { BatchedPacketCipher } from '../algorithms/algorithm.js';
import { BatchSealer } from './batch-sealer.js';

const PACKETS = 100;

test.each([
  [false, 64],
  [true, 1],
])('where a cipher seals in turn: %s, at most %i packets are in progress', async (sealsInTurn, expected) => {
  let inProgress = 0;
  let most = 0;
  const cipher = {
    sealsInTurn,
    async seal(sequenceNumber: number, packet: Uint8Array): Promise<void> {
      most = Math.max(most, (inProgress += 1));
      await Promise.resolve();
      packet[0] = sequenceNumber;
      inProgress -= 1;
    },
  } as BatchedPacketCipher;
  const sealer = new BatchSealer();
  for (let index = 0; index < PACKETS; index += 1) sealer.add(cipher, index, index, index + 1);
  await sealer.seal(new Uint8Array(PACKETS));
  expect(sealer.take()).toEqual(Uint8Array.from({ length: PACKETS }, (_, index) => index));
  expect(most).toBe(expected);
});
