/** RFC 4253 §9: rekeys that never end, and peers that read nothing, over any link. W34, W35. */
import type { Session } from '@nacre/core';
import { describe, expect, test } from 'vitest';
import { concat, str, uint32 } from './bytes.js';
import { expectWell } from './case.js';
import { RawPeer, settle, subject, turn, type Subject } from './raw-peer.js';
import { exchangesBegun, rekeyOften } from './rekeys.js';
import { eventually, heldBytes } from './subject.js';
import { memory, type Carrier, type Delivery, type Reach } from './wire.js';

const MEBIBYTE = 1024 * 1024;

/** Asks for 100 MiB, begins a rekey, and neither reads nor continues. */
async function stall(carrier: Carrier, delivery: Delivery, outputHasBegun: boolean): Promise<void> {
  const chunk = new Uint8Array(64 * 1024);
  let poured = 0;
  const pour = async (session: Session): Promise<number> => {
    for (; poured < 1600; poured += 1) await session.write(chunk);
    return 0;
  };
  const command = ({ request }: Session): typeof pour | undefined =>
    request.type === 'exec' && request.command === 'pour' ? pour : undefined;
  const under = await subject({ hooks: { command } });
  const reach = await carrier.serve(under.server);
  const peer = await new RawPeer(await reach.dial({ delivery }), { leavesExchange: 'later' }).login();
  await peer.ask(91, [90], str('session'), uint32(0), uint32(2 ** 31), uint32(2 ** 15));
  peer.stall();
  peer.send([98], uint32(0), str('exec'), [1], str('pour'));
  if (outputHasBegun) await eventually(() => poured > 0, 'output');
  peer.send(peer.kexinit());
  await eventually(() => exchangesBegun(under) === 2, 'the rekey');
  await settle();
  under.clock.advance(29_999);
  await settle();
  expect(under.server.connections.length).toBe(1);
  expect(heldBytes(under)).toBeLessThanOrEqual(2 * MEBIBYTE);
  under.clock.advance(1);
  await eventually(() => under.log.at(-1)?.message === 'closed', 'the end');
  expect(under.log.at(-1)).toMatchObject({ fields: { error: 'KeyExchangeError' } });
  await over(under, reach, carrier, peer);
}

/** Pings from a peer that reads nothing: how many, and of how many bytes. */
export interface Flood {
  readonly pings: number;
  readonly size: number;
}

/** More than the kernel buffers for a connection, 48 MiB each way. In memory nothing else buffers any. */
const largePings = (carrier: Carrier): Flood => ({ pings: carrier === memory ? 200 : 1500, size: 32 * 1024 });

/** How much is sent before others have their turn, in bytes. */
const AT_ONCE = 32 * 1024;

export async function pingsUnread(carrier: Carrier, { pings, size }: Flood): Promise<void> {
  const under = await subject();
  const reach = await carrier.serve(under.server);
  const peer = await new RawPeer(await reach.dial(), { cipher: 'aes128-gcm@openssh.com' }).echo();
  const from = peer.received.length;
  peer.stall();
  const ping = concat([192], str(new Uint8Array(size)));
  for (let sent = 1; sent <= pings; sent += 1) {
    peer.transport.send(ping);
    if ((sent * size) % AT_ONCE !== 0 && sent < pings) continue;
    peer.flush();
    await turn();
    expect(heldBytes(under)).toBeLessThanOrEqual(2 * MEBIBYTE);
  }
  await eventually(() => heldBytes(under) > 0, 'answers that wait');
  peer.read();
  await eventually(() => peer.received.length - from >= pings, 'all answers');
  expect(peer.numbers.slice(from).every((number) => number === 193)).toBe(true);
  await over(under, reach, carrier, peer);
}

async function echoesMeanwhile(carrier: Carrier): Promise<void> {
  const under = await subject();
  const reach = await carrier.serve(under.server);
  const other = await new RawPeer(await reach.dial({ remoteAddress: '127.0.0.2' })).echo();
  const peer = await new RawPeer(await reach.dial()).echo();
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
  other.close();
  await over(under, reach, carrier, peer);
}

async function over(under: Subject, reach: Reach, carrier: Carrier, peer: RawPeer): Promise<void> {
  peer.close();
  await eventually(() => under.server.connections.length === 0, 'the end of all connections');
  await reach.close();
  await expectWell(under, carrier);
}

export function checkRekeyStalls(carriers: readonly Carrier[]): void {
  describe.each(carriers.map((carrier) => [carrier.name, carrier] as const))('F: stalls over %s', (_name, carrier) => {
    test.each([
      ['before there is any of it', 'in one block', false],
      ['before there is any of it', 'byte by byte', false],
      ['once it has begun', 'in one block', true],
      ['once it has begun', 'byte by byte', true],
    ] as const)(
      'W34 100 MiB for someone who begins a rekey %s, %s, and neither reads nor goes on: gone after 30 s',
      (_when, delivery, outputHasBegun) => stall(carrier, delivery, outputHasBegun),
    );

    test('W34 pings of 32 KiB from someone who reads nothing: the server stops reading, and later answers all', () =>
      pingsUnread(carrier, largePings(carrier)));

    test('W35 while somebody does nothing but rekey, the echo of another connection waits for three exchanges at most', () =>
      echoesMeanwhile(carrier));
  });
}
