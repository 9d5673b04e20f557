/** RFC 4253 §9, OpenSSH's PROTOCOL §1.8: a thousand rekeys and more, over each kind of link, and a hundred thousand pings. W09b, W34, W35. */
import { describe, expect, test } from 'vitest';
import { LiveConnection } from '../../packages/core/src/server/connection.js';
import { concat, str } from '../attacks/bytes.js';
import { expectWell } from '../attacks/case.js';
import { usedMemory } from '../attacks/memory.js';
import { tcp, webSocket } from '../attacks/network.js';
import { RawPeer, subject, type RawOptions } from '../attacks/raw-peer.js';
import { pingsUnread } from '../attacks/rekey-stalls.js';
import { rekeyOften } from '../attacks/rekeys.js';
import { eventually, heldBytes, type Subject } from '../attacks/subject.js';
import { memory } from '../attacks/wire.js';

/** What a thousand exchanges may leave behind, in bytes: what a compiler keeps, but no list that grows. */
const MAXIMUM_GROWTH = 2 * 1024 * 1024;

function sessionId({ server }: Subject): Uint8Array | undefined {
  const [connection] = server.connections;
  return connection instanceof LiveConnection ? connection.engine?.transport.sessionId : undefined;
}

describe.each([memory, tcp, webSocket].map((carrier) => [carrier.name, carrier] as const))(
  'over %s',
  (_name, carrier) => {
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
    ])('%s: all bytes right, one session id, level memory', async (_case, options, apart) => {
      const under = await subject();
      const reach = await carrier.serve(under.server);
      const peer = await new RawPeer(await reach.dial(), options).echo();
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
      await eventually(() => under.server.connections.length === 0, 'the end');
      await reach.close();
      await expectWell(under, carrier);
    });
  },
);

// At 32 KiB they would be 3 GiB each way; these are twice what the kernel buffers for a connection. `rekey-stalls.ts` has some of 32 KiB over every link.
test('W34 100,000 pings of 1 KiB over TCP from someone who reads nothing', () =>
  pingsUnread(tcp, { pings: 100_000, size: 1024 }));
