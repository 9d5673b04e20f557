/** Learning the key of a host. */
import { createServer, generateKey, formatPublicKey } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../testing/gateway.js';
import { learnHostKey } from './learn-host-key.js';

test("learns the host's proven key and its fingerprint without a login", async () => {
  const hostKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  const asked: unknown[] = [];
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [hostKey],
    hooks: { none: (attempt) => void asked.push(attempt) },
    session: () => Promise.resolve(),
  });
  const ssh = await listen(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => ssh.close());
  const gateway = await startGateway({ to: { kind: 'tcp', host: '127.0.0.1', port: ssh.port }, token: false });
  const line = formatPublicKey({ type: hostKey.type, blob: hostKey.publicKey, comment: '' }).trim();
  expect(await learnHostKey({ url: gateway.url })).toEqual({
    hostKey: line,
    fingerprint: expect.stringMatching(/^SHA256:[\w+/]{43}$/),
  });
  expect(asked).toEqual([]);
});

test('no SSH server there: a step and a reason', async () => {
  const gateway = await startGateway({ token: false }, (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await expect(learnHostKey({ url: gateway.url })).rejects.toMatchObject({ step: 'SSH identification', exitCode: 69 });
});
