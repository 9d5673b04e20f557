/** W08, W15, C04: the CPU time it takes to refuse lists and counts that are made to be expensive. */
import { describe, expect, test } from 'vitest';
import { bytes, concat, str, uint32 } from './bytes.js';
import { kexinitCases } from './cases/kexinit.js';
import { start } from './client-case.js';
import type { RawEnd } from './raw-end.js';
import { RawPeer, settle, subject } from './raw-peer.js';
import { memory } from './wire.js';

/** In ms, including what the test's own end takes: some fifty times what it is. */
const MAXIMUM_FOR_KEXINIT = 50;
const MAXIMUM_FOR_EXT_INFO = 25;
/** How many runs the minimum is taken of: the compiler, the collector or other work on the machine may have disturbed the others. */
const TIMES = 5;

interface Scene {
  readonly peer: RawEnd;
  readonly strike: () => void;
  readonly close: () => void;
}

/** The minimum over five strikes of the CPU time until the connection is over, in ms. */
async function leastCost(prepare: (round: number) => Promise<Scene>): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < TIMES; round += 1) {
    const { peer, strike, close } = await prepare(round);
    await settle();
    const before = process.cpuUsage();
    strike();
    await peer.until(() => peer.end !== undefined, 'the end');
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000);
    expect(peer.end).toBe(2);
    close();
    await settle();
  }
  return Math.min(...costs);
}

const hostileLists = kexinitCases.flatMap(([name, act, end]) =>
  name.startsWith('W08') && end === 2 ? [[name, act] as const] : [],
);
const manyNames = bytes('a,'.repeat(16_999) + 'a');
const hostileExtensions = [
  ['2^32-1 extensions', concat([7], uint32(0xffffffff))],
  ['17,000 signature algorithms', concat([7], uint32(1), str('server-sig-algs'), str(manyNames))],
] as const;

describe('to our server', () => {
  // Neighbours of a source that misbehaved would be made to wait.
  const from = (round: number) => ({ remoteAddress: `127.0.8.${round + 1}` });

  test.each(hostileLists)('%s', async (_name, act) => {
    const under = await subject();
    const cost = await leastCost((round) => {
      const peer = new RawPeer(under.server, from(round));
      return Promise.resolve({ peer, strike: () => void act(peer, under), close: () => peer.close() });
    });
    expect(cost).toBeLessThan(MAXIMUM_FOR_KEXINIT);
  });

  test.each(hostileExtensions)('W15 %s', async (_name, payload) => {
    const under = await subject();
    const cost = await leastCost(async (round) => {
      const peer = await new RawPeer(under.server, from(round)).exchange();
      return { peer, strike: () => peer.send(payload), close: () => peer.close() };
    });
    expect(cost).toBeLessThan(MAXIMUM_FOR_EXT_INFO);
  });
});

test.each(hostileExtensions)('C04 %s to our client', async (_name, payload) => {
  const cost = await leastCost(async () => {
    const { server: peer } = await start(memory, 'as sent', { server: { ignores: [5] } });
    peer.flush();
    await peer.until(() => peer.transport.exchanges === 1, 'the exchange');
    return { peer, strike: () => peer.send(payload), close: () => peer.close() };
  });
  expect(cost).toBeLessThan(MAXIMUM_FOR_EXT_INFO);
});
