/** RFC 4253 §9: exchanges without end, and exchanges that never end. W09b, W34, W35. */
import type { Session } from '@nacre/core';
import { expect, test } from 'vitest';
import { LiveConnection } from '../../packages/core/src/server-connection.js';
import { concat, str, uint32 } from './bytes.js';
import { expectWell } from './case.js';
import { usedMemory } from './memory.js';
import { RawPeer, settle, subject, type RawOptions } from './raw-peer.js';
import { eventually, heldBytes, type Subject } from './subject.js';

/** What may be left over by a thousand exchanges, in bytes: what a compiler keeps, and no list that grows. */
const MAXIMUM_GROWTH = 2 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

function sessionId({ server }: Subject): Uint8Array | undefined {
  const [connection] = server.connections;
  return connection instanceof LiveConnection ? connection.engine?.transport.sessionId : undefined;
}

/** Rekeys so often, `milliseconds` apart, with traffic between. */
async function rekeyOften(under: Subject, peer: RawPeer, times: number, milliseconds = 0): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await peer.rekey();
    if (count % 10 === 0) await peer.echoes(`after exchange ${count}`);
    under.clock.advance(milliseconds);
    peer.forget();
    under.calls.length = 0;
  }
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

test('W35 while somebody does nothing but rekey, the echo of another connection waits for three exchanges at most', async () => {
  const under = await subject();
  const other = await new RawPeer(under.server, { remoteAddress: '127.0.0.2' }).echo();
  const peer = await new RawPeer(under.server).echo();
  let isOver = false;
  const flood = (async () => {
    while (!isOver) await rekeyOften(under, peer, 1);
  })();
  for (let count = 0; count < 100; count += 1) {
    const { exchanges } = peer.transport;
    await other.echoes(`echo ${count}`);
    expect(peer.transport.exchanges - exchanges).toBeLessThanOrEqual(3);
  }
  isOver = true;
  await flood;
  expect(peer.transport.exchanges).toBeGreaterThan(20);
  peer.close();
  other.close();
  await expectWell(under);
});

/** A command that writes 100 MiB. */
async function pour(session: Session): Promise<number> {
  const chunk = new Uint8Array(64 * 1024);
  for (let sent = 0; sent < 1600; sent += 1) await session.write(chunk);
  return 0;
}

test('W34 100 MiB for someone who begins a rekey, and neither reads nor goes on: little waits, and 30 s later he is gone', async () => {
  const command = ({ request }: Session): typeof pour | undefined =>
    request.type === 'exec' && request.command === 'pour' ? pour : undefined;
  const under = await subject({ hooks: { command } });
  const peer = await new RawPeer(under.server, { leavesExchange: 'later' }).login();
  await peer.ask(91, [90], str('session'), uint32(0), uint32(2 ** 31), uint32(2 ** 15));
  await peer.ask(99, [98], uint32(0), str('exec'), [1], str('pour'));
  peer.stall();
  peer.send(peer.kexinit());
  await settle();
  expect(heldBytes(under)).toBeLessThanOrEqual(2 * MEBIBYTE);
  under.clock.advance(29_999);
  await settle();
  expect(under.server.connections.length).toBe(1);
  expect(heldBytes(under)).toBeLessThanOrEqual(2 * MEBIBYTE);
  under.clock.advance(1);
  await settle();
  expect(under.log.at(-1)).toMatchObject({ message: 'closed', fields: { error: 'KeyExchangeError' } });
  peer.close();
  await eventually(() => under.server.connections.length === 0, 'the end');
  await expectWell(under);
});

test('W34 100,000 pings of 32 KiB from someone who reads nothing: the server stops reading', async () => {
  const under = await subject();
  const peer = await new RawPeer(under.server).echo();
  peer.stall();
  const ping = concat([192], str(new Uint8Array(32 * 1024)));
  let sent = 0;
  // In memory what the server does not read waits here, so this end has to stop where the other has stopped.
  for (let most = 0; sent < 100_000 && peer.isHeard; sent += 1) {
    peer.send(ping);
    most = Math.max(most, heldBytes(under));
    expect(most).toBeLessThanOrEqual(2 * MEBIBYTE);
    await settle();
  }
  expect(sent).toBeLessThan(200);
  peer.read();
  await eventually(() => peer.numbers.filter((number) => number === 193).length === sent, 'all answers');
  peer.close();
  await expectWell(under);
});
