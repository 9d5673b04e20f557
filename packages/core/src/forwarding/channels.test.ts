/** RFC 4254 §5 and OpenSSH's PROTOCOL §2.2: channels that a client opens directly. */
import { expect, test } from 'vitest';
import { ChannelOpenError } from '../errors.js';
import { accept } from '../index.js';
import { formatPublicKey, generateKey } from '../keys/index.js';
import { pair } from '../testing/index.js';

const utf8 = new TextEncoder();
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

test('S19: a channel of any type, with a window of its own', async () => {
  const { client } = await pair({
    server: {
      hooks: {
        none: () => accept,
        channel: ({ type, fields }) =>
          type === 'echo@example.com' && text(fields) === 'hi'
            ? async (stream) => {
                const reader = stream.readable.getReader();
                const { value } = await reader.read();
                const writer = stream.writable.getWriter();
                await writer.write(value!);
              }
            : undefined,
      },
    },
  });
  const stream = await client.openChannel('echo@example.com', utf8.encode('hi'), { window: 1000, packet: 500 });
  await stream.write(utf8.encode('ping'));
  expect(text(await stream.read())).toBe('ping');
  await expect(client.openChannel('other@example.com')).rejects.toBeInstanceOf(ChannelOpenError);
});

test.each([
  ['direct-tcpip', '', {}, true],
  ['direct-tcpip', '', { localForwarding: false }, false],
  ['direct-tcpip', 'no-port-forwarding', {}, false],
  ['direct-streamlocal@openssh.com', 'restrict', {}, false],
  ['direct-tcpip', 'permitopen="a:1"', {}, false],
  ['session', '', {}, true],
  ['session', 'command="date"', {}, false],
  ['echo@example.com', 'restrict', { localForwarding: false }, true],
] as const)('a handler for %s by a key with [%s] and policy %j: %s', async (type, options, policy, isServed) => {
  const key = await generateKey('ssh-ed25519');
  const { client } = await pair({
    server: {
      policy,
      hooks: {
        authorizedKeys: () => `${options} ${formatPublicKey(key.public)}`,
        channel: () => (stream) => stream.writable.getWriter().write(utf8.encode('served')),
      },
    },
    client: { credentials: [{ method: 'publickey', key }] },
  });
  const opened = client.openChannel(type).then((stream) => stream.read());
  if (isServed) expect(text(await opened)).toBe('served');
  else await expect(opened).rejects.toMatchObject({ code: 1 });
});

test('PROTOCOL §2.2: after no-more-sessions a session ends the connection', async () => {
  const { client } = await pair({ server: { session: () => 0, hooks: { none: () => accept } } });
  expect((await client.exec('one')).exitCode).toBe(0);
  client.noMoreSessions();
  await expect(client.exec('two')).rejects.toThrow('no more sessions');
  await client.ping();
  const opened = client.openChannel('session');
  await expect(opened).rejects.toBeInstanceOf(Error);
  expect(await client.closed).toMatchObject({ reason: 2 });
});
