/** The gateway: who is let in, by what secret, to which target, and how it ends. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { LogFields } from '../log.js';
import { ask, bearer, nextText, openLink, startGateway } from '../testing/gateway.js';
import { closeOf, deferred, MIB, randomPayload, readToEnd, sha256, tcpClient } from '../testing/sockets.js';
import { serve } from './serve.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 } as const;

test('with the token bytes go both ways, byte-exact, and the end of the target is Close 1000', async () => {
  const payload = randomPayload(3 * MIB);
  const gateway = await startGateway({}, (socket) => void socket.end(payload));
  const { link } = await openLink(gateway.url, bearer(gateway.token));
  const chunks: Buffer[] = [];
  link.on('message', (chunk: Buffer) => chunks.push(chunk));
  expect((await closeOf(link)).code).toBe(1000);
  expect(sha256(Buffer.concat(chunks))).toBe(sha256(payload));
});

test.each([
  ['none', {}],
  ['a wrong one', bearer('x')],
  ['basic credentials', { authorization: 'Basic dXNlcjpwYXNz' }],
])('token: %s is answered 401 and the target hears nothing', async (_what, headers) => {
  const gateway = await startGateway();
  expect((await openLink(gateway.url, headers)).status).toBe(401);
  expect(gateway.reached).toHaveLength(0);
});

test('with --no-token a program is let in, a page of a foreign origin and a foreign Host are not', async () => {
  const gateway = await startGateway({ token: false, allowOrigins: ['https://good.test'] });
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await openLink(gateway.url, headers)).status;
  expect(await status({})).toBe(101);
  expect(await status({ origin: 'https://good.test' })).toBe(101);
  expect(await status({ origin: 'https://evil.test' })).toBe(403);
  expect(await status({ origin: `http://${gateway.host}` })).toBe(403);
  expect(await status({ host: 'evil.test' })).toBe(421);
});

test('--no-token beyond loopback is refused before a port is taken', async () => {
  const to = { kind: 'tcp', host: '127.0.0.1', port: 22 } as const;
  await expect(serve({ listen: { host: '0.0.0.0', port: 0 }, to, token: false })).rejects.toMatchObject({
    exitCode: 64,
  });
});

test('no target at all is a usage error', async () => {
  await expect(serve({ listen: LOOPBACK })).rejects.toMatchObject({ exitCode: 64 });
});

test('a ticket: made for the holder of the token, good for one link to its path, shown as a subprotocol', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const headers = { host: gateway.host, ...bearer(gateway.token) };
  const answer = await ask(gateway.port, 'POST', '/ticket', headers);
  const { ticket } = JSON.parse(answer.body) as { ticket: string };
  const page = { origin: 'https://good.test' };
  const open = (path: string): ReturnType<typeof openLink> =>
    openLink(`ws://${gateway.host}${path}`, page, ['binary', `nacre.ticket.${ticket}`]);
  expect((await open('/other')).status).toBe(401);
  const { link, status } = await open('/');
  expect([status, link.protocol]).toEqual([101, 'binary']);
  expect((await open('/')).status).toBe(401);
  expect(answer.headers['cache-control']).toBe('no-store');
});

test.each([
  ['GET', 405, true],
  ['POST', 401, false],
])('tickets: %s is answered %i', async (method, status, hasToken) => {
  const gateway = await startGateway();
  const headers = { host: gateway.host, ...(hasToken ? bearer(gateway.token) : {}) };
  expect((await ask(gateway.port, method, '/ticket', headers)).status).toBe(status);
});

test('the secret as first message: bytes directly after it are not lost', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const { link, status } = await openLink(gateway.url, { origin: 'https://good.test' });
  expect(status).toBe(101);
  const echoed = (async () => {
    let text = '';
    while (text.length < 9) text += await nextText(link);
    return text;
  })();
  link.send(`nacre.token.${gateway.token ?? ''}`);
  for (const part of ['one', 'two', 'six']) link.send(Buffer.from(part));
  expect(await echoed).toBe('onetwosix');
});

test.each([
  ['a wrong token', 'nacre.token.x'],
  ['bytes', Buffer.from('SSH-2.0-x\r\n')],
])('the first message: %s ends the link with 1008, and the target hears nothing', async (_what, message) => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const { link } = await openLink(gateway.url, { origin: 'https://good.test' });
  const closed = closeOf(link);
  link.send(message);
  expect((await closed).code).toBe(1008);
  expect(gateway.reached).toHaveLength(0);
});

test('the first message: the right token, but not as text, ends the link', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const { link } = await openLink(gateway.url, { origin: 'https://good.test' });
  const closed = closeOf(link);
  link.send(Buffer.from(`nacre.token.${gateway.token ?? ''}`));
  expect((await closed).code).toBe(1008);
});

test('a page that shows an Authorization without a token is refused, not asked for a first message', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const headers = { origin: 'https://good.test', authorization: 'Basic eDp5' };
  expect((await openLink(gateway.url, headers)).status).toBe(401);
});

test('a visitor with a wrong secret that does not answer our Close keeps no place', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const socket = await tcpClient(gateway.port);
  const fields = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Origin: https://good.test',
  ];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(['GET / HTTP/1.1', `Host: ${gateway.host}`, ...fields, key, '\r\n'].join('\r\n'));
  await once(socket, 'data');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const ended = readToEnd(socket);
  const refused = once(socket, 'data');
  socket.write(Buffer.from('81810000000041', 'hex'));
  expect(((await refused)[0] as Buffer).readUInt16BE(2)).toBe(1008);
  vi.advanceTimersByTime(1_000);
  await ended;
});

test('a message over 64 KiB before the secret is answered 1009', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'] });
  const { link } = await openLink(gateway.url, { origin: 'https://good.test' });
  const closed = closeOf(link);
  link.send(Buffer.alloc(64 * 1024 + 1));
  expect((await closed).code).toBe(1009);
});

test('a listed target is named by the path; another one ends the link with 1008 and is not dialled', async () => {
  const gateway = await startGateway({ token: false });
  const listed = await startGateway({
    to: undefined,
    token: false,
    allowTargets: [`127.0.0.1:${gateway.targetPort}`],
  });
  const { link } = await openLink(`${listed.url}127.0.0.1:${gateway.targetPort}`);
  const echoed = nextText(link);
  link.send(Buffer.from('hello'));
  expect(await echoed).toBe('hello');
  const { link: other } = await openLink(`${listed.url}127.0.0.1:${listed.targetPort}`);
  expect((await closeOf(other)).code).toBe(1008);
  expect(listed.reached).toHaveLength(0);
  expect((await openLink(listed.url)).status).toBe(404);
});

test('the checked address is dialled, and the name is not resolved again', async () => {
  const gateway = await startGateway({ token: false });
  const asked: string[] = [];
  const listed = await startGateway({
    to: undefined,
    token: false,
    // No name server knows it: dialled by its name it would not be reached.
    allowTargets: [`git.good.invalid:${gateway.targetPort}`],
    allowNetworks: ['127.0.0.0/8'],
    resolver: async (host) => {
      asked.push(host);
      return ['127.0.0.1'];
    },
  });
  const { link } = await openLink(`${listed.url}git.good.invalid:${gateway.targetPort}`);
  const echoed = nextText(link);
  link.send(Buffer.from('hello'));
  expect([await echoed, asked]).toEqual(['hello', ['git.good.invalid']]);
});

test('a target that is not there ends the link with 1011 and its reason, without a path', async () => {
  const gateway = await startGateway({ to: { kind: 'unix', path: '/nonexistent' }, token: false });
  const { link } = await openLink(gateway.url);
  expect(await closeOf(link)).toEqual({
    code: 1011,
    reason: 'target failed: its Unix socket: ENOENT; check that its server is running',
  });
});

test('a Unix socket is a target', async () => {
  const path = join(tmpdir(), `ssh-bridge-${randomUUID()}.sock`);
  const target = createServer((socket) => void socket.pipe(socket)).listen(path);
  onTestFinished(() => void target.close());
  await once(target, 'listening');
  const gateway = await startGateway({ to: { kind: 'unix', path }, token: false });
  const { link } = await openLink(`${gateway.url}websockify`, {}, ['binary']);
  const echoed = nextText(link);
  link.send(Buffer.from('hello'));
  expect([await echoed, link.protocol]).toEqual(['hello', 'binary']);
});

test('a source that fails too often is told so, and with a right token let in', async () => {
  const gateway = await startGateway({ limits: { maxFailures: 3 }, allowOrigins: ['https://good.test'] });
  const status = async (token: string | undefined): Promise<number> =>
    (await openLink(gateway.url, bearer(token))).status;
  for (let round = 0; round < 3; round++) expect(await status('x')).toBe(401);
  expect([await status('x'), await status(gateway.token), await status('y')]).toEqual([429, 101, 429]);
  const desk = async (token: string | undefined): Promise<number> =>
    (await ask(gateway.port, 'POST', '/ticket', bearer(token))).status;
  expect([await desk('x'), await desk(gateway.token)]).toEqual([429, 200]);
  // No link is made for a page that would show its secret as its first message.
  expect((await openLink(gateway.url, { origin: 'https://good.test' })).status).toBe(429);
});

test('a wrong first message is a failure too', async () => {
  const gateway = await startGateway({ allowOrigins: ['https://good.test'], limits: { maxFailures: 1 } });
  const { link } = await openLink(gateway.url, { origin: 'https://good.test' });
  const closed = closeOf(link);
  link.send('nacre.token.x');
  await closed;
  expect((await openLink(gateway.url, bearer('x'))).status).toBe(429);
});

test('connections that are not let in are counted by source, and those that were are not', async () => {
  const gateway = await startGateway({ limits: { maxPendingPerSource: 2 } });
  for (let round = 0; round < 4; round++) {
    expect((await openLink(gateway.url, bearer(gateway.token))).status).toBe(101);
  }
});

test('no more links than allowed', async () => {
  const gateway = await startGateway({ token: false, limits: { maxLinks: 1 } }, (socket) => void socket.write('!'));
  await nextText((await openLink(gateway.url)).link);
  expect((await openLink(gateway.url)).status).toBe(503);
});

test('reload: new lists and token apply to later visitors; a malformed list changes nothing', async () => {
  const gateway = await startGateway({ token: 'a'.repeat(32) });
  gateway.reload({ token: 'b'.repeat(32), allowHosts: ['bridge.test'] });
  expect(() => gateway.reload({ allowTargets: ['nonsense'] })).toThrow('not an allowed target');
  expect((await openLink(gateway.url, { ...bearer('b'.repeat(32)), host: 'bridge.test' })).status).toBe(101);
  expect((await openLink(gateway.url, bearer('a'.repeat(32)))).status).toBe(401);
});

test.each([
  [
    'of 31 characters',
    'a'.repeat(31),
    'the token has 31 characters; the minimum is 32; make one with: openssl rand -hex 32',
  ],
  ['of nothing', '', 'the token has 0 characters; the minimum is 32; make one with: openssl rand -hex 32'],
  ['with a blank', `${'a'.repeat(31)} a`, /^the token contains spaces or .*; make one with: openssl rand -hex 32$/],
])('a token %s: neither at the start nor by a reload', async (_what, token, message) => {
  await expect(startGateway({ token })).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringMatching(message),
  });
  const gateway = await startGateway({ token: 'a'.repeat(32) });
  expect(() => gateway.reload({ token })).toThrow(message);
  expect((await openLink(gateway.url, bearer('a'.repeat(32)))).status).toBe(101);
});

test('close: accepts nobody, waits for open links, then sends 1001', async () => {
  const gateway = await startGateway({ token: false }, (socket) => void socket.write('!'));
  const { link } = await openLink(gateway.url);
  await nextText(link);
  const closed = closeOf(link);
  const closing = gateway.close(20);
  expect(gateway.isClosing()).toBe(true);
  expect(await closed).toEqual({ code: 1001, reason: 'the bridge is shutting down' });
  await closing;
});

test('close: returns at once when nothing is open', async () => {
  const gateway = await startGateway({ token: false });
  await gateway.close(60_000);
});

test.each(['before', 'later'])('a signal that is aborted %s closes it', async (when) => {
  const stop = new AbortController();
  if (when === 'before') stop.abort();
  const gateway = await startGateway({ signal: stop.signal });
  stop.abort();
  expect(gateway.isClosing()).toBe(true);
  await expect(tcpClient(gateway.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('no secret appears in a log record or an answer, wherever the visitor puts it', async () => {
  const records: string[] = [];
  const gateway = await startGateway({
    log: (...record: [string, string, string, LogFields?]) => records.push(JSON.stringify(record)),
  });
  const secret = gateway.token ?? '';
  expect((await openLink(`${gateway.url}?token=${secret}`)).status).toBe(401);
  expect((await openLink(`${gateway.url}${secret}`)).status).toBe(401);
  const answer = await ask(gateway.port, 'POST', `/ticket?${secret}`, { host: gateway.host });
  expect((await openLink(gateway.url, bearer(secret))).status).toBe(101);
  expect(JSON.stringify([answer, records])).not.toContain(secret);
  expect(records.length).toBeGreaterThan(2);
});

test('the PROXY protocol: limits apply to the client that a trusted balancer names, and the target is told its address', async () => {
  const header = deferred<string>();
  const gateway = await startGateway(
    { token: false, trust: ['127.0.0.1'], proxyProtocol: true, sendProxyProtocol: 'v1' },
    (socket) => void socket.once('data', (bytes) => header.resolve(bytes.toString())),
  );
  const client = await tcpClient(gateway.port);
  client.write('PROXY TCP4 203.0.113.7 203.0.113.1 4711 80\r\n');
  client.write(upgradeText(gateway.host));
  expect(String((await once(client, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
  expect(await header.promise).toBe(`PROXY TCP4 203.0.113.7 127.0.0.1 4711 ${gateway.targetPort}\r\n`);
});

test.each([
  ['nobody is trusted', [], 'PROXY TCP4 203.0.113.7 203.0.113.1 4711 80\r\n', /^HTTP\/1\.1 400 /],
  ['a trusted balancer sends none', ['127.0.0.1'], '', /^$/],
])('the PROXY protocol: %s', async (_what, trust, header, answer) => {
  const gateway = await startGateway({ token: false, trust, proxyProtocol: true });
  const client = await tcpClient(gateway.port);
  client.end(`${header}${upgradeText(gateway.host)}`);
  expect((await readToEnd(client).catch(() => Buffer.alloc(0))).toString()).toMatch(answer);
  expect(gateway.reached).toHaveLength(0);
});

test('X-Forwarded-For: failures are counted for the client that a trusted proxy names', async () => {
  const gateway = await startGateway({ trust: ['127.0.0.1'], limits: { maxFailures: 1 } });
  const status = async (address: string, token: string | undefined): Promise<number> =>
    (await openLink(gateway.url, { ...bearer(token), 'x-forwarded-for': address })).status;
  expect(await status('203.0.113.7', 'x')).toBe(401);
  expect(await status('203.0.113.7', 'x')).toBe(429);
  expect(await status('203.0.113.8', 'x')).toBe(401);
});

function upgradeText(host: string): string {
  return [
    'GET / HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n');
}
