/** Every number sent to both roles over real sockets: in one piece over TCP, byte by byte over WebSocket. */
import { describe, expect, test } from 'vitest';
import { phases } from '../attacks/gate-expected.js';
import { sendAll } from '../attacks/gate-live.js';
import { tcp, webSocket } from '../attacks/network.js';

const ways = [
  { carrier: tcp, delivery: 'as sent' },
  { carrier: webSocket, delivery: 'byte by byte' },
] as const;
const rows = (['server', 'client'] as const).flatMap((role) => ways.map((way) => ({ role, ...way })));

describe.each(rows)('$role under test over $carrier.name, $delivery', ({ role, carrier, delivery }) => {
  test.each(phases)('strict, %s: every number has its reaction', async (phase) => {
    expect(await sendAll(role, phase, true, carrier, delivery)).toEqual([]);
  });
});
