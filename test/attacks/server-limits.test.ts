/** Forged packets, deadlines, limits, and peers that vanish. */
import { memoryLinks } from '@nacre/core/testing';
import type { Session, SessionObject } from '@nacre/core';
import { afterEach, describe, expect, test } from 'vitest';
import { expectWell } from './case.js';
import { concat, RawPeer, settle, str, subject, uint32, type Subject } from './raw-peer.js';

let under: Subject;
afterEach(() => expectWell(under));

describe.each([
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
  ['aes128-ctr', 'hmac-sha2-256'],
  ['aes256-ctr', 'hmac-sha2-512-etm@openssh.com'],
])('W22 %s %s', (cipher, mac) => {
  test('a bit flipped anywhere ends the connection with 5, and nothing is delivered', async () => {
    under = await subject({ limits: { unauthenticatedFromSource: 10_000 } });
    const sample = (await new RawPeer(under.server, { cipher, mac }).echo()).seal(
      concat([94], uint32(0), str('secret')),
    );
    for (let position = 0; position < sample.length; position += 1) {
      const peer = await new RawPeer(under.server, { cipher, mac }).echo();
      const packet = peer.seal(concat([94], uint32(0), str('secret')));
      packet[position]! ^= 1 << (position % 8);
      peer.raw(packet);
      // A length that grew waits for the rest; whatever comes, it does not authenticate.
      for (let sent = 0; peer.end === undefined && sent < 300; sent += 1) {
        peer.raw(new Uint8Array(1024));
        await settle();
      }
      expect({ position, end: peer.end, echoed: peer.received.some((payload) => payload[0] === 94) }).toEqual({
        position,
        end: 5,
        echoed: false,
      });
      peer.close();
    }
    for (const connection of under.server.connections) connection.disconnect();
    await settle();
    under.clock.advance(1001);
    await settle();
  });
});

test('W40 silence and half a login end at their deadlines, counted from the start', async () => {
  under = await subject();
  const [near, far] = memoryLinks();
  let isSilentEnded = false;
  void under.server.accept(far);
  near.open({ chunk: () => undefined, end: () => (isSilentEnded = true), drain: () => undefined });
  const exchanged = await new RawPeer(under.server).exchange();
  under.clock.advance(19_999);
  await settle();
  expect([isSilentEnded, exchanged.end]).toEqual([false, undefined]);
  // A byte does not put the deadline off.
  near.write(Uint8Array.of(83));
  under.clock.advance(1);
  await settle();
  expect([isSilentEnded, exchanged.end]).toEqual([true, undefined]);
  under.clock.advance(9_999);
  await settle();
  expect(exchanged.end).toBe(undefined);
  under.clock.advance(1);
  await settle();
  expect(exchanged.end).toBe(11);
  near.destroy();
  exchanged.close();
  await settle();
});

test('W40 eleven from one source: the eleventh is refused without an ident, another source is served', async () => {
  under = await subject();
  const peers = Array.from({ length: 11 }, () => new RawPeer(under.server));
  await settle();
  expect(peers.map(({ end }) => end)).toEqual([...Array.from({ length: 10 }, () => undefined), 'closed']);
  for (const peer of peers) peer.close();
  await settle();
});

test('a peer that vanishes leaves nothing behind', async () => {
  under = await subject();
  const peer = await new RawPeer(under.server).echo();
  peer.close();
  await settle();
  expect(under.server.connections.length).toBe(0);
  expect(under.log.at(-1)).toMatchObject({ message: 'closed', fields: { error: 'ConnectionLostError' } });
});

test.each(['function', 'object'])(
  'input and EOF that overtake the start of a %s handler are kept for it',
  async (kind) => {
    let received = '';
    let begin: () => void = () => undefined;
    const mayBegin = new Promise<undefined>((resolve) => {
      begin = () => resolve(undefined);
    });
    const take = (chunk: Uint8Array): void => void (received += new TextDecoder().decode(chunk));
    const read = async (session: Session): Promise<void> => {
      for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) take(chunk);
      received += '.';
    };
    const object: SessionObject = {
      data: (_session, chunk) => take(chunk),
      end: (session) => {
        received += '.';
        session.exit(0);
      },
    };
    const late = await subject({ hooks: { command: () => mayBegin }, session: kind === 'object' ? object : read });
    const peer = await new RawPeer(late.server).login();
    peer.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
    await settle();
    peer.send([98], uint32(0), str('exec'), [1], str('x'));
    peer.send([94], uint32(0), str('early'));
    peer.send([96], uint32(0));
    await settle();
    expect(received).toBe('');
    begin();
    await settle();
    expect(received).toBe('early.');
    // The answer to the request, the exit status, EOF and CLOSE, in this order.
    expect(peer.received.slice(-4).map((payload) => payload[0])).toEqual([99, 98, 96, 97]);
    peer.close();
    await settle();
    under = await subject();
  },
);
