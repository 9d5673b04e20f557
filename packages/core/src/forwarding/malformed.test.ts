/** RFC 4254: malformed forwarding requests. An unhandled rejection would end the process, and with it this test run. */
import { expect, test } from 'vitest';
import { accept } from '../index.js';
import { pair } from '../testing/index.js';
import { forwarding } from './index.js';

const hooks = { none: () => accept, forward: () => accept };

test.each(['auth-agent-req@openssh.com', 'x11-req'])(
  'a malformed %s ends its connection, and nothing else',
  async (type) => {
    const session = { open: () => undefined };
    const { client } = await pair({ server: { forwarding: forwarding(), hooks, session } });
    const shell = await client.shell();
    await expect(shell.ask(type, Uint8Array.of(1), 'refused')).rejects.toThrow();
    expect(await client.closed).toMatchObject({ reason: 2 });
  },
);

test('a malformed open ends its connection, and nothing else, also where a hook was asked before', async () => {
  const { client } = await pair({
    server: { forwarding: forwarding(), hooks: { ...hooks, channel: () => undefined } },
  });
  await expect(client.openChannel('direct-tcpip', Uint8Array.of(1))).rejects.toThrow();
  expect(await client.closed).toMatchObject({ reason: 2 });
});
