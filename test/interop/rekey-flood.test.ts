/** RFC 4253 §9: a thousand rekeys and more, in memory. W09b, W35. */
import { expect, test } from 'vitest';
import { LiveConnection } from '../../packages/core/src/server/connection.js';
import { concat, str } from '../attacks/bytes.js';
import { expectWell } from '../attacks/case.js';
import { usedMemory } from '../attacks/memory.js';
import { RawPeer, subject, type RawOptions } from '../attacks/raw-peer.js';
import { rekeyOften } from '../attacks/rekeys.js';
import { heldBytes, type Subject } from '../attacks/subject.js';

/** What may be left over by a thousand exchanges, in bytes: what a compiler keeps, and no list that grows. */
const MAXIMUM_GROWTH = 2 * 1024 * 1024;

function sessionId({ server }: Subject): Uint8Array | undefined {
  const [connection] = server.connections;
  return connection instanceof LiveConnection ? connection.engine?.transport.sessionId : undefined;
}

test.each<[string, RawOptions, number]>([
  ['W35 a thousand legal rekeys back to back, then ten a second for a minute', {}, 600],
  [
    'W09b a wrong guess in each of a thousand rekeys',
    {
      guess: concat([30], str('junk')),
      kexinit: (legal) => ({ ...legal, kexAlgorithms: ['foo@x', ...legal.kexAlgorithms] }),
    },
    0,
  ],
])('%s: all bytes right, one session id, level memory', async (_name, options, apart) => {
  const under = await subject();
  const peer = await new RawPeer(under.server, options).echo();
  const id = sessionId(under);
  await rekeyOften(under, peer, 200);
  const before = usedMemory();
  await rekeyOften(under, peer, 800);
  await rekeyOften(under, peer, apart, 100);
  expect(usedMemory() - before).toBeLessThan(MAXIMUM_GROWTH);
  expect(heldBytes(under)).toBe(0);
  expect(under.clock.pending).toBeLessThanOrEqual(1);
  expect(sessionId(under)).toEqual(id);
  expect(peer.transport.sessionId).toEqual(id);
  peer.close();
  await expectWell(under);
});
