import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RELAY_LIMITS } from './limits.js';
import { createWaitingRoom } from './waiting-room.js';

test('Security: all addresses of an IPv6 network of 64 bits, which a subscriber has for itself, wait as one', () => {
  const room = createWaitingRoom({ ...RELAY_LIMITS, maxWaitingPerSource: 1 });
  const client = new Socket();
  room.admit(client, '2001:db8:1:2::1', () => undefined);
  expect(room.refusal('2001:db8:1:2:ffff::9')).toContain('from your address');
  expect(room.refusal('2001:db8:1:3::1')).toBeUndefined();
  room.leave(client);
  expect(room.refusal('2001:db8:1:2:ffff::9')).toBeUndefined();
});
