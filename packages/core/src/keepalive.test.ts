/** Round trips, and probes of a silent peer, in both roles, on a manual clock. */
import { expect, test } from 'vitest';
import type { Signer } from './algorithms/algorithm.js';
import { ConfigurationError, LimitError, TimeoutError } from './errors.js';
import { generateKey } from './keys/index.js';
import type { ByteLink } from './link.js';
import { createServer } from './server/create-server.js';
import { ManualClock, memoryLinks, pair } from './testing/index.js';

const turns = async (): Promise<void> => {
  for (let index = 0; index < 20; index += 1) await Promise.resolve();
};

/** A link that drops what is written to it, once told to. */
function silenced(link: ByteLink): { readonly link: ByteLink; silence(): void } {
  let isSilent = false;
  const write = link.write.bind(link);
  link.write = (bytes) => (isSilent ? true : write(bytes));
  return {
    link,
    silence: () => {
      isSilent = true;
    },
  };
}

test('pings: in turn from a client, by a request from a server; none waits at the end', async () => {
  const clock = new ManualClock();
  const { client, server } = await pair({
    client: { clock },
    server: { hooks: { none: () => ({ verdict: 'accept' }) } },
  });
  expect(await Promise.all([client.ping(), client.ping(), client.ping()])).toEqual([0, 0, 0]);
  await server.connections[0]!.ping();
  const many = Promise.allSettled(Array.from({ length: 17 }, () => client.ping()));
  expect((await many).filter(({ status }) => status === 'rejected')).toEqual([
    { status: 'rejected', reason: expect.any(LimitError) },
  ]);
  const late = client.ping();
  client.close();
  await expect(late).rejects.toThrow('closed');
  await expect(client.ping()).rejects.toThrow('closed');
});

test('a snapshot waits for pings', async () => {
  const { server } = await pair();
  const [connection] = server.connections;
  const ping = connection!.ping();
  expect(() => connection!.snapshot()).toThrow('an answer is pending');
  await ping;
  expect(connection!.snapshot().length).toBeGreaterThan(100);
});

test.each(['client', 'server'] as const)('a peer of a %s that answers is asked again and again', async (role) => {
  const clock = new ManualClock();
  let written = 0;
  const link = { tap: (_from: string, chunk: Uint8Array): Uint8Array => ((written += 1), chunk) };
  const { client } = await pair({ link, [role]: { ...open, clock, keepalive: { interval: 10_000, countMax: 1 } } });
  await turns();
  written = 0;
  for (let round = 0; round < 5; round += 1) {
    clock.advance(9999);
    await turns();
    expect(written).toBe(2 * round);
    clock.advance(1);
    await turns();
    expect(written).toBe(2 * round + 2);
  }
  client.close();
  expect(await client.closed).toBeUndefined();
});

const open = { hooks: { none: () => ({ verdict: 'accept' as const }) } };

test.each(['client', 'server'] as const)('a peer of a %s that is gone is given up', async (role) => {
  const clock = new ManualClock();
  const links = memoryLinks();
  const { link, silence } = silenced(role === 'client' ? links[1] : links[0]);
  const streams = role === 'client' ? ([links[0], link] as const) : ([link, links[1]] as const);
  const errors: string[] = [];
  const log = ({ message, fields }: { message: string; fields: object }): void => {
    if (message === 'closed' && 'error' in fields) errors.push(String(fields.error));
  };
  const keepalive = { interval: 1000, countMax: 2 };
  const { client } = await pair({
    streams,
    server: { hooks: { ...open.hooks, log }, ...(role === 'server' ? { clock, keepalive } : {}) },
    ...(role === 'client' ? { client: { clock, keepalive } } : {}),
  });
  await turns();
  silence();
  const outcome = client.closed.then((error) => error?.name);
  clock.advance(2999);
  await turns();
  expect(errors).toEqual([]);
  clock.advance(1);
  await turns();
  if (role === 'client') expect(await outcome).toBe(TimeoutError.name);
  else expect(errors).toEqual([TimeoutError.name]);
});

test.each([[{ interval: 0 }], [{ interval: 1.5 }], [{ interval: 1e9 }], [{ interval: 10, countMax: 0 }]])(
  '%o makes no sense',
  (keepalive) => {
    expect(() => createServer({ keepalive })).toThrow(ConfigurationError);
  },
);

test('Security: while we let a peer wait, its silence does not count', async () => {
  const clock = new ManualClock();
  const key = await generateKey('ssh-ed25519');
  let signed = 0;
  let sign: () => void = () => undefined;
  const slow: Signer = {
    publicKey: key.publicKey,
    algorithms: key.algorithms,
    sign: async (name, data) => {
      signed += 1;
      if (signed > 1) await new Promise<void>((resolve) => void (sign = resolve));
      return key.sign(name, data);
    },
  };
  const keepalive = { interval: 5000, countMax: 1 };
  const { client, server } = await pair({ server: { ...open, clock, hostKeys: [slow], keepalive } });
  client.rekey();
  await expect.poll(() => signed).toBe(2);
  for (let waited = 0; waited < 25_000; waited += 1000) {
    clock.advance(1000);
    await turns();
  }
  expect(server.connections).toHaveLength(1);
  sign();
  await client.ping();
  client.close();
});
