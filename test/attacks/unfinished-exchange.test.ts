/** Groups D and N: exchanges that end before a power has been computed, or before the host key has been judged. */
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect, test } from 'vitest';
import { str } from './bytes.js';
import { start } from './client-case.js';
import { RawPeer } from './raw-peer.js';
import { eventually, settle, subject } from './subject.js';
import { memory } from './wire.js';

test('a power that comes when the connection is over sends nothing more', async () => {
  let finish: (power: Uint8Array) => void = () => undefined;
  let isAsked = false;
  const slow = {
    ...nodeCrypto,
    modularPower: () => {
      isAsked = true;
      return new Promise<Uint8Array>((resolve) => void (finish = resolve));
    },
  };
  const name = 'diffie-hellman-group14-sha256';
  const under = await subject({ crypto: slow, algorithms: { keyExchanges: `+${name}` } });
  const peer = new RawPeer(under.server, { keyExchange: name, leavesExchange: true });
  peer.flush();
  peer.send([30], str(Uint8Array.of(2)));
  await eventually(() => isAsked, 'the first power');
  const closed = under.server.close();
  await eventually(() => peer.end !== undefined, 'the end');
  finish(new Uint8Array(256).fill(3));
  await settle();
  finish(new Uint8Array(256).fill(5));
  await settle();
  expect([peer.end, peer.afterEnd, under.calls]).toEqual([11, 0, []]);
  expect(peer.received.map((payload) => payload[0])).not.toContain(31);
  peer.close();
  await closed;
});

test('C01 a host key that is accepted when the connection is over gives no keys', async () => {
  let accept: (verdict: boolean) => void = () => undefined;
  const verifyHostKey = (): Promise<boolean> => new Promise((resolve) => void (accept = resolve));
  const { server, under } = await start(memory, 'as sent', { client: { verifyHostKey } });
  server.flush();
  await eventually(() => under.calls.includes('verify'), 'the verifier');
  under.client.close();
  await eventually(() => server.end !== undefined, 'the end');
  accept(true);
  await settle();
  expect([server.end, server.afterEnd, under.client.negotiated]).toEqual([11, 0, undefined]);
  server.close();
});
