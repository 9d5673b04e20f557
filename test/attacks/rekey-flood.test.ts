/** RFC 4253 §9: exchanges without end, and exchanges that never end. W34, W35; a thousand of them are in `test/interop`. */
import type { Session } from '@nacre/core';
import { expect, test } from 'vitest';
import { concat, str, uint32 } from './bytes.js';
import { expectWell } from './case.js';
import { RawPeer, settle, subject } from './raw-peer.js';
import { rekeyOften } from './rekeys.js';
import { eventually, heldBytes } from './subject.js';

const MEBIBYTE = 1024 * 1024;

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

test.each([
  ['before there is any output', 0],
  ['once output waits', 1],
] as const)(
  'W34 100 MiB for someone who begins a rekey %s, and neither reads nor goes on: gone after 30 s',
  async (_, settles) => {
    const command = ({ request }: Session): typeof pour | undefined =>
      request.type === 'exec' && request.command === 'pour' ? pour : undefined;
    const under = await subject({ hooks: { command } });
    const peer = await new RawPeer(under.server, { leavesExchange: 'later' }).login();
    await peer.ask(91, [90], str('session'), uint32(0), uint32(2 ** 31), uint32(2 ** 15));
    peer.stall();
    peer.send([98], uint32(0), str('exec'), [1], str('pour'));
    if (settles > 0) await settle();
    expect(heldBytes(under) > 0).toBe(settles > 0);
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
  },
);

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

test('W35 who has not logged in rekeys three times; for a fourth the host key does not sign', async () => {
  const under = await subject();
  const peer = await new RawPeer(under.server).exchange();
  for (let count = 0; count < 3; count += 1) await peer.rekey();
  await peer.requestService();
  expect(peer.end).toBe(undefined);
  peer.transport.rekey();
  peer.flush();
  await eventually(() => peer.end !== undefined, 'the end');
  expect(peer.end).toBe(2);
  expect(under.calls).toEqual(Array(4).fill('sign'));
  peer.close();
  await expectWell(under);
});

test('W35 who logs in after as many may rekey on', async () => {
  const under = await subject();
  const peer = await new RawPeer(under.server).exchange();
  for (let count = 0; count < 3; count += 1) await peer.rekey();
  await peer.echo();
  for (let count = 0; count < 5; count += 1) await peer.rekey();
  await peer.echoes('after nine exchanges');
  peer.close();
  await expectWell(under);
});
