import { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { RELAY_LIMITS, type RelayLimits } from './limits.js';
import type { Tab } from './tabs.js';
import { WaitingRoom } from './waiting-room.js';

test('Security: all addresses of an IPv6 network of 64 bits, which a subscriber has for itself, wait as one', () => {
  const room = new WaitingRoom({ ...RELAY_LIMITS, maxWaitingPerSource: 1 });
  const client = new Socket();
  room.admit(client, '2001:db8:1:2::1', () => undefined);
  expect(room.refusal('2001:db8:1:2:ffff::9')).toContain('from your address');
  expect(room.refusal('2001:db8:1:3::1')).toBeUndefined();
  room.leave(client);
  expect(room.refusal('2001:db8:1:2:ffff::9')).toBeUndefined();
});

function waitingIn(limits: Partial<RelayLimits>): {
  readonly room: WaitingRoom;
  readonly come: (address: string) => Socket;
} {
  const room = new WaitingRoom({ ...RELAY_LIMITS, ...limits });
  const come = (address: string): Socket => {
    const socket = new Socket();
    room.admit(socket, address, () => undefined);
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  return { room, come };
}

const TAB = {} as Tab;

test('sources take turns to be announced', () => {
  const { room, come } = waitingIn({});
  const many = [1, 2, 3].map(() => come('192.0.2.1'));
  const other = come('192.0.2.2');
  expect([1, 2, 3, 4].map(() => room.next(TAB))).toEqual([many[0], other, many[1], many[2]]);
  expect(room.next(TAB)).toBeUndefined();
});

test('Security: if all places are taken, the source with the most makes room for others', () => {
  const { room, come } = waitingIn({ maxWaiting: 3 });
  come('192.0.2.1');
  const last = come('192.0.2.1');
  come('192.0.2.2');
  expect([room.refusal('192.0.2.3'), room.displaced('192.0.2.3')]).toEqual([undefined, last]);
  for (const address of ['192.0.2.1', '192.0.2.2']) {
    expect(room.refusal(address)).toContain('too many clients are waiting');
    expect(room.displaced(address)).toBeUndefined();
  }
  room.leave(last);
  expect(room.refusal('192.0.2.1')).toBeUndefined();
  expect(room.displaced('192.0.2.3')).toBeUndefined();
});

test('if each source has one place, no client is displaced', () => {
  const { room, come } = waitingIn({ maxWaiting: 2 });
  come('192.0.2.1');
  come('192.0.2.2');
  expect([room.refusal('192.0.2.3') === undefined, room.displaced('192.0.2.3')]).toEqual([false, undefined]);
});
