/** Deadlines, limits, and peers that vanish. */
import { memoryLinks } from '@nacre/core/testing';
import type { Session, SessionObject } from '@nacre/core';
import { afterEach, expect, test } from 'vitest';
import { expectWell } from './case.js';
import { concat, RawPeer, settle, str, subject, uint32, type Subject } from './raw-peer.js';

let under: Subject;
afterEach(() => expectWell(under));

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
  // A byte does not extend the deadline.
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

test('W40 eleven from one source: the eleventh is refused before any key exchange, another source is served', async () => {
  under = await subject();
  const peers = Array.from({ length: 11 }, () => new RawPeer(under.server));
  await settle();
  expect(peers.map(({ end }) => end)).toEqual([...Array.from({ length: 10 }, () => undefined), 12]);
  expect(under.calls).toEqual([]);
  for (const peer of peers) peer.close();
  await settle();
});

test('G06 a message of a WebSocket that brings a wait, and more than may wait behind it, ends the connection', async () => {
  under = await subject({ hooks: { password: () => new Promise<undefined>(() => undefined) } });
  const peer = await new RawPeer(under.server).requestService();
  const login = peer.seal(
    concat([50], str('guest'), str('ssh-connection'), str('password'), [0], str('does not matter')),
  );
  const rest = Array.from({ length: 3 }, () => peer.seal(concat([2], str(new Uint8Array(32_000)))));
  peer.raw(concat(login, ...rest));
  await settle();
  expect(peer.end).toBe(12);
  peer.close();
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
