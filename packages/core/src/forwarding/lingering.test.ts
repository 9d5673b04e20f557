/** RFC 4254 §5.3: data that a client sent before it closed still reaches the target; the number of such connections is limited. */
import { expect, test } from 'vitest';
import { accept } from '../index.js';
import { ManualClock, memoryLinks, pair } from '../testing/index.js';
import { forwarding } from './index.js';

const LINGER = 30_000;

test('targets that take nothing hold up a bounded number of connections, for a bounded time', async () => {
  const clock = new ManualClock();
  const sockets = { connectTcp: () => Promise.resolve(memoryLinks()[0]) };
  const { client } = await pair({
    client: { clock },
    server: { clock, forwarding: forwarding({ sockets }), hooks: { none: () => accept, forward: () => accept } },
  });
  let opened = 0;
  const open = async (): Promise<void> => {
    const stream = await client.openTcp('slow.example', 9);
    opened += 1;
    stream.end();
    stream.close();
    await stream.closed;
  };
  const flood = async (): Promise<void> => {
    while (opened < 1000) await open();
  };
  await expect(flood()).rejects.toMatchObject({ code: 4 });
  expect(opened).toBe(256);
  clock.advance(LINGER);
  await open();
});
