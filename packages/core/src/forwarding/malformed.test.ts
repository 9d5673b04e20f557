/** RFC 4254: malformed forwarding requests. An unhandled rejection would end the process, and with it this test run. */
import { expect, test } from 'vitest';
import { accept } from '../index.js';
import { pair } from '../testing/index.js';
import { ClientForwarding } from './client-forwarding.js';
import { forwarding } from './index.js';
import { boundPort } from './messages.js';

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

test.each([0, 65_536])('a server that was to choose a port and chose %d is not listened to', async (port) => {
  const client = new ClientForwarding({
    open: () => expect.unreachable(),
    ask: async (_name, _fields, take) => take(boundPort.encode({ port })),
    schedule: () => () => undefined,
  });
  await expect(client.listen({ port: 0 })).rejects.toThrow(`the server chose port ${port}, which does not exist`);
});
