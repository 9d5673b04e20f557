/** What OpenSSH and our side agree on without being asked: a post-quantum exchange, host keys that are learned. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { formatPublicKey, generateKey, parseKnownHosts } from '@nacre/core';
import { KEY_TYPES, testKey } from './keys.js';
import { openssh, TARGET } from './openssh.js';
import { connectTo } from './our-client.js';
import { startOurServer } from './our-server.js';
import { isMissing, start } from './processes.js';
import { canRunServers, startSshd } from './stock-servers.js';

const withClient = test.skipIf(isMissing('ssh'));
const withServer = test.skipIf(!canRunServers || isMissing('sshd'));

withClient('ssh -v: the exchange with our server is post-quantum', async () => {
  const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
  const { code, stderr } = await ssh(['-v', TARGET, 'echo in']).finished;
  expect(code).toBe(0);
  expect(stderr).toMatch(/kex: algorithm: (sntrup761x25519-sha512|mlkem768x25519-sha256)/);
});

withServer('so is the exchange of our client with sshd', async () => {
  const client = await connectTo(onTestFinished, await startSshd(onTestFinished), {
    credentials: [{ method: 'publickey', key: await testKey('ssh-ed25519') }],
  });
  expect(client.negotiated?.keyExchange).toMatch(/^(sntrup761x25519-sha512|mlkem768x25519-sha256)/);
  expect(await client.ping()).toBeGreaterThan(0);
});

withClient('ssh learns the other host keys of our server, and forgets one that is gone', async () => {
  const hostKeys = await Promise.all(KEY_TYPES.map(testKey));
  const server = await startOurServer(onTestFinished, { hostKeys });
  const retired = await generateKey('ssh-ed25519');
  const { words, folder } = await openssh(onTestFinished, { ...server, hostKeys: [hostKeys[0]!, retired] });
  // The first value of an option counts.
  const running = start(onTestFinished, 'ssh', ['-v', '-o', 'UpdateHostKeys=yes', ...words, TARGET, 'wait']);
  await running.printed(/Deprecating obsolete hostkey/);
  running.child.stdin.end();
  expect((await running.finished).code).toBe(0);
  const known = parseKnownHosts(await readFile(join(folder, `known_hosts-${server.port}`), 'utf8'));
  const verify = known.verify('127.0.0.1', server.port);
  for (const { publicKey: blob } of hostKeys) expect(verify({ blob })).toBe('trusted');
  expect(verify({ blob: retired.publicKey })).toBe('changed');
});

withServer('our client learns the other host keys of sshd', async () => {
  const server = await startSshd(onTestFinished);
  const known = parseKnownHosts(`[127.0.0.1]:${server.port} ${formatPublicKey(server.hostKeys[0]!.public)}\n`);
  const saved = new Promise<string>((resolve) => {
    void connectTo(onTestFinished, server, {
      credentials: [{ method: 'publickey', key: server.hostKeys[0]! }],
      verifyHostKey: known.verify('127.0.0.1', server.port),
      hostKeyUpdates: known.updates('127.0.0.1', server.port, resolve),
    });
  });
  const learned = parseKnownHosts(await saved).keyTypes('127.0.0.1', server.port);
  expect(learned.toSorted()).toEqual(KEY_TYPES.toSorted());
});

withClient('eow@openssh.com: ssh whose reader has gone says so, and the next write at our server fails', async () => {
  let isStopped = false;
  const server = await startOurServer(onTestFinished, {
    // Interop: OpenSSH says it only to OpenSSH.
    software: 'OpenSSH_9.9',
    session: async (session) => {
      const chunk = new Uint8Array(64 * 1024);
      try {
        for (;;) await session.write(chunk);
      } catch {
        isStopped = session.connection.user === 'guest';
      }
      return 3;
    },
  });
  const { ssh } = await openssh(onTestFinished, server);
  const running = ssh([TARGET, 'yes']);
  await once(running.child.stdout, 'data');
  running.child.stdout.destroy();
  expect((await running.finished).code).toBe(3);
  expect(isStopped).toBe(true);
});

withServer('eow@openssh.com: a program at sshd ends when our client reads no more', async () => {
  const client = await connectTo(onTestFinished, await startSshd(onTestFinished), {
    credentials: [{ method: 'publickey', key: await testKey('ssh-ed25519') }],
  });
  const yes = await client.spawn('yes; exit 3');
  await yes.read();
  yes.ignoreOutput();
  // The shell continues once SIGPIPE has ended `yes`.
  expect((await yes.exited).exitCode).toBe(3);
});
