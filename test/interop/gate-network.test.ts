/**
 * Every number sent to both roles over real sockets, by a strict peer and by one that is not: the former in one piece over TCP and
 * byte by byte over WebSocket, the latter the other way round.
 */
import { describe, expect, test } from 'vitest';
import { phases } from '../attacks/gate-expected.js';
import { sendAll } from '../attacks/gate-live.js';
import { tcp, webSocket } from '../attacks/network.js';

const ways = [
  { peer: 'strict', carrier: tcp, delivery: 'as sent' },
  { peer: 'strict', carrier: webSocket, delivery: 'byte by byte' },
  { peer: 'not strict', carrier: tcp, delivery: 'byte by byte' },
  { peer: 'not strict', carrier: webSocket, delivery: 'as sent' },
] as const;
const rows = (['server', 'client'] as const).flatMap((role) => ways.map((way) => ({ role, ...way })));

describe.each(rows)('$role under test over $carrier.name, $delivery', ({ role, peer, carrier, delivery }) => {
  test.each(phases)(`${peer}, %s: every number has its reaction`, async (phase) => {
    expect(await sendAll(role, phase, peer === 'strict', carrier, delivery)).toEqual([]);
  });
});
