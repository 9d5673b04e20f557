/** W13, CVE-2023-48795: prefix truncation by a man in the middle, in both directions, against both roles. */
import { accept, acceptAnyHostKey, createServer, generateKey, type ConnectOptions, type SshError } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dialTcp } from '../attacks/network.js';
import { RawPeer } from '../attacks/raw-peer.js';
import { eventually } from '../attacks/subject.js';
import { terrapinProxy, type Attack, type Proxy } from '../attacks/terrapin-proxy.js';
import { connectTo } from './our-client.js';
import { openssh, TARGET } from './openssh.js';
import { isMissing } from './processes.js';
import { canRunServers, PASSWORD, startSshd } from './stock-servers.js';

/** Both directions, at both places, with the wrong half, and with one half only. */
const attacks: readonly (readonly [string, Attack])[] = [
  ...(['client', 'server'] as const).flatMap((side) => {
    const other = side === 'client' ? 'server' : 'client';
    return [
      [`a message for the ${side} before KEXINIT, the first to it under keys taken away`, 20, other] as const,
      [`a message for the ${side} before NEWKEYS, the first to it under keys taken away`, 21, other] as const,
      [`a message for the ${side} before NEWKEYS, its own first under keys taken away`, 21, side] as const,
    ].map(([name, before, drops]): readonly [string, Attack] => [name, { injectsTo: side, before, drops }]);
  }),
  // A client's first packet by itself would only be late: nothing follows it until the server answers.
  ["the server's first packet under keys taken away", { drops: 'server' }],
];

const ENDS = /^(ProtocolError|MacError|DisconnectedError|ConnectionLostError)$/;

const CHACHA20 = 'chacha20-poly1305@openssh.com';

/** Our server, the outcome of its connections, and how many sessions it had. */
async function startServer(allowPrefixTruncation = false) {
  const ends: string[] = [];
  let sessions = 0;
  const key = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  const server = createServer({
    hostKeys: [key],
    crypto: nodeCrypto,
    algorithms: { ciphers: CHACHA20 },
    allowPrefixTruncation,
    hooks: {
      none: () => accept,
      log: ({ message, fields }) => {
        if (message === 'closed') ends.push(String(fields['error']));
      },
    },
    session: () => {
      sessions += 1;
      return 0;
    },
  });
  const listener = await listen(server, { port: 0 });
  onTestFinished(() => listener.close());
  onTestFinished(() => server.close());
  return { port: listener.port, hostKeys: [key], connections: [], ends, sessions: () => sessions };
}

async function startProxy(port: number, attack: Attack): Promise<Proxy> {
  const proxy = await terrapinProxy(port, attack);
  onTestFinished(() => proxy.close());
  return proxy;
}

const options: Partial<ConnectOptions> = {
  algorithms: { ciphers: CHACHA20 },
  verifyHostKey: acceptAnyHostKey(() => undefined),
};

describe.each(attacks)('%s', (_name, attack) => {
  test('our client, our server: both ends give up, and there was no session', async () => {
    const server = await startServer();
    const proxy = await startProxy(server.port, attack);
    const credentials = [{ method: 'none' } as const];
    const failed = connectTo(onTestFinished, { ...server, port: proxy.port }, { ...options, credentials });
    const error = await failed.then(
      () => undefined,
      (reason: unknown) => reason as SshError,
    );
    expect(error?.name).toMatch(ENDS);
    await eventually(() => server.ends.length === 1, 'the end at the server');
    expect(server.ends[0]).toMatch(ENDS);
    expect(server.sessions()).toBe(0);
    expect(proxy.done.injected + proxy.done.dropped).toBeGreaterThan(0);
  });

  test.skipIf(isMissing('ssh'))(
    "OpenSSH's client, our server: both ends give up, and there was no session",
    async () => {
      const server = await startServer();
      const proxy = await startProxy(server.port, attack);
      const client = await openssh(onTestFinished, { ...server, port: proxy.port });
      const { code } = await client.ssh(['-o', `Ciphers=${CHACHA20}`, '-o', 'BatchMode=yes', TARGET, 'x']).finished;
      expect(code).toBe(255);
      await eventually(() => server.ends.length === 1, 'the end at the server');
      expect(server.sessions()).toBe(0);
    },
  );

  test.skipIf(!canRunServers || isMissing('sshd'))("our client, OpenSSH's server: the client gives up", async () => {
    const sshd = await startSshd(onTestFinished);
    const proxy = await startProxy(sshd.port, attack);
    const credentials = [{ method: 'password', password: PASSWORD } as const];
    await expect(
      connectTo(onTestFinished, { ...sshd, port: proxy.port }, { ...options, credentials }),
    ).rejects.toMatchObject({
      name: expect.stringMatching(ENDS),
    });
  });
});

test('the attack is one: without strict key exchange, where that is allowed, EXT_INFO is lost and nobody notices', async () => {
  const server = await startServer(true);
  const proxy = await startProxy(server.port, { injectsTo: 'client', before: 21, drops: 'server' });
  const peer = new RawPeer(await dialTcp(proxy.port), { strict: false, cipher: CHACHA20 });
  onTestFinished(() => peer.close());
  await peer.echo();
  expect(proxy.done).toEqual({ injected: 1, dropped: 1 });
  expect(peer.numbers).not.toContain(7);
  expect(server.sessions()).toBe(1);
});

test('without an attack the proxy changes nothing', async () => {
  const server = await startServer();
  const proxy = await startProxy(server.port, {});
  const peer = new RawPeer(await dialTcp(proxy.port), { cipher: CHACHA20 });
  onTestFinished(() => peer.close());
  await peer.echo();
  expect(peer.numbers).toContain(7);
  expect(server.sessions()).toBe(1);
});
