/** serve with a certificate of its own, and clients that have to show theirs. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import type { BridgeError } from '../bridge-error.js';
import { dial, type DialOptions } from '../dial.js';
import { makeCertificate, type TestCertificate } from '../testing/certificates.js';
import { bearer, openLink, startGateway } from '../testing/gateway.js';
import { tcpServer } from '../testing/sockets.js';
import type { Link } from '../websocket/link.js';

const failure = (options: DialOptions): Promise<BridgeError> =>
  dial(options).then(
    () => Promise.reject(new Error('the link was made')),
    (error: BridgeError) => error,
  );

test('TLS: a client that trusts the certificate connects; one that does not stops at the handshake', async () => {
  const { cert, key } = await makeCertificate();
  const gateway = await startGateway({ tls: { cert, key } }, (socket) => void socket.write('hello'));
  const url = gateway.url.replace('ws:', 'wss:');
  const link = await dial({ url, token: gateway.token, tls: { ca: cert } });
  const message = new Promise((resolve) => link.on('message', (bytes) => resolve(String(bytes))));
  link.resume();
  expect(await message).toBe('hello');
  link.terminate();
  expect(await failure({ url, token: gateway.token })).toMatchObject({ step: 'TLS handshake', exitCode: 69 });
  expect((await openLink(gateway.url, bearer(gateway.token)).catch(() => ({ status: 0 }))).status).not.toBe(101);
});

test('TLS: a client that is let in gives its place to the next', async () => {
  const { cert, key } = await makeCertificate();
  const gateway = await startGateway({ tls: { cert, key }, limits: { maxPending: 1 } });
  const options = { url: gateway.url.replace('ws:', 'wss:'), token: gateway.token, tls: { ca: cert } };
  const links = [await dial(options), await dial(options)];
  for (const link of links) link.terminate();
});

test('mutual TLS: a client without a certificate of the authority is not let in, whatever its token', async () => {
  const [server, client] = [await makeCertificate(), await makeCertificate()];
  const tls = { cert: server.cert, key: server.key, ca: client.cert };
  const gateway = await startGateway({ tls });
  const options = { url: gateway.url.replace('ws:', 'wss:'), token: gateway.token };
  const link = await dial({ ...options, tls: { ca: server.cert, cert: client.cert, key: client.key } });
  link.terminate();
  const other = await makeCertificate();
  for (const own of [{}, { cert: other.cert, key: other.key }]) {
    const error = await failure({ ...options, tls: { ca: server.cert, ...own } });
    expect([65, 69]).toContain(error.exitCode);
  }
  expect(gateway.reached.length).toBeLessThanOrEqual(1);
});

test('a reload: the next connection sees the new certificate and authorities; faulty files change nothing', async () => {
  const [old, next, client] = [await makeCertificate(), await makeCertificate(), await makeCertificate()];
  const gateway = await startGateway({ tls: { ...keyPair(old), ca: old.cert }, allowOrigins: ['https://one.test'] });
  const options = { url: gateway.url.replace('ws:', 'wss:'), token: gateway.token };
  const visit = (server: TestCertificate, own: TestCertificate): Promise<Link> =>
    dial({ ...options, tls: { ca: server.cert, ...keyPair(own) } });
  const link = await visit(old, old);
  const broken = { tls: { cert: next.cert, key: client.key, ca: client.cert } };
  expect(() => gateway.reload({ token: gateway.token, ...broken })).toThrow();
  (await visit(old, old)).terminate();
  gateway.reload({ token: gateway.token, tls: { ...keyPair(next), ca: client.cert } });
  (await visit(next, client)).terminate();
  for (const [server, own] of [
    [old, client],
    [next, old],
  ] as const)
    await expect(visit(server, own)).rejects.toThrow();
  // Open connections stay.
  expect(link.readyState).toBe(1);
  link.terminate();
});

const keyPair = ({ cert, key }: TestCertificate): { readonly cert: string; readonly key: string } => ({ cert, key });

test.each([
  ['in one block with its first record', true],
  ['apart from it', false],
])('the PROXY protocol in front of TLS, %s', async (_what, isOneBlock) => {
  const { cert, key } = await makeCertificate();
  const gateway = await startGateway({ tls: { cert, key }, token: false, trust: ['127.0.0.1'], proxyProtocol: true });
  const header = Buffer.from('PROXY TCP4 203.0.113.7 203.0.113.1 4711 443\r\n');
  const balancer = await tcpServer((near) => {
    const far = connectTcp(gateway.port, '127.0.0.1').on('error', () => undefined);
    far.setNoDelay(true);
    near.once('data', (first: Buffer) => {
      if (isOneBlock) far.write(Buffer.concat([header, first]));
      else far.write(header, () => setImmediate(() => far.write(first)));
      near.pipe(far).pipe(near);
    });
  });
  const socket = connect({ port: balancer.port, ca: cert, host: '127.0.0.1' });
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 421 /);
  socket.destroy();
});
