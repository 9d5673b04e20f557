/** The relay end to end in one process: ssh clients on TCP, a tab on WebSocket (docs/relay-protocol.md). */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { freePort } from '../testing/free-port.js';
import { closeOf, endOf, MIB, randomPayload, readToEnd, sha256, tcpClient, tcpServer } from '../testing/sockets.js';
import { parseRefusal } from '../testing/ssh-stream.js';
import { ask, openSocket, openTab, originOf, startRelay, tabOn, upgradeHeaders, type TestTab } from '../testing/tab.js';
import type { Relay } from './relay.js';

async function refusalOf(running: Relay): Promise<{ reason: number; description: string }> {
  return parseRefusal(await readToEnd(await tcpClient(running.sshPort)));
}

/** One ssh client and its link, as the tab sees it. */
async function linked(running: Relay, tab: TestTab): Promise<{ client: Socket; link: WebSocket }> {
  const client = await tcpClient(running.sshPort);
  const link = tab.dialBack((await tab.next()).ticket);
  await once(link, 'open');
  return { client, link };
}

test('a tab is told that it hosts, the port for ssh clients, and its bounds', async () => {
  const running = await startRelay();
  const control = openSocket(running, '/host', ['nacre.host.v1', `nacre.token.${running.token}`]);
  expect(await tabOn(running, control).next()).toEqual({
    type: 'registered',
    sshPort: running.sshPort,
    linkTimeout: 10_000,
    maxLinks: 200,
    resume: 'v4',
  });
  expect(control.protocol).toBe('nacre.host.v1');
});

test('an ssh client is announced with its own address and a ticket, and linked byte for byte both ways', async () => {
  const running = await startRelay();
  const tab = await openTab(running);
  const client = await tcpClient(running.sshPort);
  client.write('SSH-2.0-early');
  const { type, ticket, peer } = await tab.next();
  expect(type).toBe('connection');
  expect(ticket).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(peer).toEqual({ address: '127.0.0.1', port: client.localPort });
  const link = tab.dialBack(ticket);
  const [early] = await once(link, 'message');
  expect(String(early)).toBe('SSH-2.0-early');
  expect(link.protocol).toBe('nacre.link.v1');

  const up = randomPayload(8 * MIB);
  const down = randomPayload(8 * MIB + 3);
  const received: Buffer[] = [];
  link.on('message', (message: Buffer) => received.push(message));
  for (let offset = 0; offset < down.length; offset += 65_536) link.send(down.subarray(offset, offset + 65_536));
  const closed = closeOf(link);
  const read = readSome(client, down.length);
  client.write(up);
  expect(sha256(await read)).toBe(sha256(down));
  client.end();
  expect((await closed).code).toBe(1000);
  expect(sha256(Buffer.concat(received))).toBe(sha256(up));
});

test('the tab ends a link with Close 1000: the ssh client reads everything and then the end', async () => {
  const running = await startRelay();
  const { client, link } = await linked(running, await openTab(running));
  link.send(Buffer.from('last words'));
  link.close(1000);
  expect((await readToEnd(client)).toString()).toBe('last words');
});

test('a link that breaks resets the ssh client', async () => {
  const running = await startRelay();
  const { client, link } = await linked(running, await openTab(running));
  link.terminate();
  expect(await endOf(client)).toBe('ECONNRESET');
});

test('a ticket is good once: the second link with it is refused before the upgrade', async () => {
  const running = await startRelay();
  const tab = await openTab(running);
  await tcpClient(running.sshPort);
  const { ticket } = await tab.next();
  await once(tab.dialBack(ticket), 'open');
  const [, response] = await once(tab.dialBack(ticket), 'unexpected-response');
  expect(response.statusCode).toBe(401);
});

test('a link that is cut inside its request has not used up its ticket', async () => {
  const running = await startRelay();
  const tab = await openTab(running);
  const client = await tcpClient(running.sshPort);
  const { ticket } = await tab.next();
  const cut = await tcpClient(running.httpPort);
  cut.write(`GET /link HTTP/1.1\r\nSec-WebSocket-Protocol: nacre.link.v1, nacre.ticket.${ticket}\r\n`);
  cut.destroy();
  const link = tab.dialBack(ticket);
  await once(link, 'open');
  link.send(Buffer.from('hello'));
  expect(String((await once(client, 'data'))[0])).toBe('hello');
});

test('a ticket that expired is refused, and its ssh client is told that the tab did not answer', async () => {
  const running = await startRelay({ limits: { linkTimeout: 30 } });
  const tab = await openTab(running);
  const refusal = await refusalOf(running);
  expect(refusal.reason).toBe(11);
  expect(refusal.description).toBe(`The serving tab did not answer. Look at ${running.pageUrl} and try again.`);
  const [, response] = await once(tab.dialBack((await tab.next()).ticket), 'unexpected-response');
  expect(response.statusCode).toBe(401);
});

test('no tab: the ssh client gets an identification and DISCONNECT(11) that says which page to open', async () => {
  const running = await startRelay();
  expect(parseRefusal(await readToEnd(await tcpClient(running.sshPort)))).toEqual({
    identification: 'SSH-2.0-ssh-bridge',
    reason: 11,
    description: `No tab is serving now. Open http://localhost:${running.httpPort}/ in a browser, keep it open, and try again.`,
  });
});

test('--page-url is what the ssh client is told to open', async () => {
  const running = await startRelay({ pageUrl: 'https://pages.test/host' });
  expect((await refusalOf(running)).description).toContain('Open https://pages.test/host in a browser');
});

test('the newest tab hosts: the old one is told with 4001, its links go on, its waiting clients get the new one', async () => {
  const running = await startRelay();
  const old = await openTab(running);
  const { client, link } = await linked(running, old);
  await tcpClient(running.sshPort);
  const { ticket, peer } = await old.next();
  const closed = closeOf(old.control);
  const fresh = await openTab(running);
  expect(await closed).toEqual({ code: 4001, reason: 'replaced: another tab registered' });
  const again = await fresh.next();
  expect([again.peer, again.ticket === ticket]).toEqual([peer, false]);
  const [, response] = await once(old.dialBack(ticket), 'unexpected-response');
  expect(response.statusCode).toBe(401);
  link.send(Buffer.from('still here'));
  expect(String((await once(client, 'data'))[0])).toBe('still here');
  await tcpClient(running.sshPort);
  expect((await fresh.next()).type).toBe('connection');
});

test('a tab that is lost and comes back: earlier and later waiting clients are announced to it', async () => {
  const running = await startRelay({ limits: { maxWaitingPerSource: 2 } });
  const lost = await openTab(running);
  const waiting = await tcpClient(running.sshPort);
  const { ticket } = await lost.next();
  const closed = closeOf(lost.control);
  lost.control.terminate();
  await closed;
  const late = await tcpClient(running.sshPort);
  expect((await refusalOf(running)).description).toContain('from your address are waiting');
  const back = await openTab(running);
  const announced = [await back.next(), await back.next()];
  expect(announced.map(({ peer }) => peer.port)).toEqual([waiting.localPort, late.localPort]);
  const [, response] = await once(back.dialBack(ticket), 'unexpected-response');
  expect(response.statusCode).toBe(401);
  const link = back.dialBack(announced[1]?.ticket ?? '');
  await once(link, 'open');
  link.send(Buffer.from('hello'));
  expect(String((await once(late, 'data'))[0])).toBe('hello');
});

test('a tab that is lost and does not come back: clients wait a moment, are told, and later ones do not wait', async () => {
  const running = await startRelay({ limits: { tabGrace: 50 } });
  const tab = await openTab(running);
  const waiting = await tcpClient(running.sshPort);
  await tab.next();
  tab.control.terminate();
  expect(parseRefusal(await readToEnd(waiting))).toMatchObject({
    reason: 11,
    description: `The serving tab went away. Open ${running.pageUrl} again.`,
  });
  expect((await refusalOf(running)).description).toContain('No tab is serving now');
  expect(running.totals().refused.target).toBe(2);
});

test('a tab that is lost again and again: a client has its 10 s in all', async () => {
  const running = await startRelay({ limits: { linkTimeout: 100 } });
  const client = await openTab(running).then(() => tcpClient(running.sshPort));
  let isTold = false;
  const refusal = readToEnd(client).finally(() => (isTold = true));
  while (!isTold) (await openTab(running)).control.terminate();
  expect(parseRefusal(await refusal).description).toContain('did not answer');
});

test('a tab that leaves: its waiting clients are told at once, later ones get the page to open', async () => {
  const running = await startRelay();
  const tab = await openTab(running);
  const waiting = await tcpClient(running.sshPort);
  await tab.next();
  tab.control.close(1000);
  expect(parseRefusal(await readToEnd(waiting)).description).toContain('went away');
  expect((await refusalOf(running)).description).toContain('No tab is serving now');
});

test('a tab that answers no ping is ended, together with its links', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    shouldAdvanceTime: true,
  });
  onTestFinished(() => void vi.useRealTimers());
  const running = await startRelay({ limits: { pingInterval: 50_000, pongTimeout: 20_000, tabGrace: 0 } });
  const tab = await openTab(running);
  const { client } = await linked(running, tab);
  // A paused socket reads no ping, like the socket of a sleeping laptop.
  tab.control.pause();
  vi.advanceTimersByTime(70_000);
  expect(await endOf(client)).toBe('ECONNRESET');
  expect((await refusalOf(running)).description).toMatch(/went away|No tab is serving now/);
});

test('a tab that answers its pings stays', async () => {
  const running = await startRelay({ limits: { pingInterval: 5, pongTimeout: 10_000 } });
  const tab = await openTab(running);
  for (let pings = 0; pings < 4; pings++) await once(tab.control, 'ping');
  await tcpClient(running.sshPort);
  expect((await tab.next()).type).toBe('connection');
});

test.each([
  ['a message', (tab: TestTab) => tab.control.send('{}'), 1008],
  ['a binary frame', (tab: TestTab) => tab.control.send(Buffer.from('x')), 1003],
  ['64 KiB and one byte', (tab: TestTab) => tab.control.send('x'.repeat(65_537)), 1009],
  ['a flood of fragments', (tab: TestTab) => flood(tab.control), 1008],
])('a tab that sends %s is closed with the code that says so', async (_name, misbehave, code) => {
  const tab = await openTab(await startRelay());
  const closed = closeOf(tab.control);
  misbehave(tab);
  expect((await closed).code).toBe(code);
});

test('a tab has at most so many links, and a place that is left is free again', async () => {
  const running = await startRelay({ limits: { maxLinks: 1 } });
  const tab = await openTab(running);
  const { client, link } = await linked(running, tab);
  expect(await refusalOf(running)).toMatchObject({
    reason: 12,
    description: expect.stringContaining('already serves 1 connections'),
  });
  const closed = closeOf(link);
  client.end();
  await closed;
  await linked(running, tab);
});

test('a tab that stops reading a link stops its ssh client', async () => {
  const running = await startRelay();
  const { client, link } = await linked(running, await openTab(running));
  link.pause();
  let accepted = 0;
  let steady = 0;
  const chunk = Buffer.alloc(65_536);
  const feed = (): void => {
    while (client.write(chunk, () => ((accepted += chunk.length), (steady = 0))));
  };
  client.on('drain', feed);
  feed();
  while (steady++ < 20) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(accepted).toBeLessThan(40 * MIB);
});

test('a port in use: one line that says what to do, and the other port is given back', async () => {
  const { port } = await tcpServer(() => undefined);
  const httpPort = await freePort();
  const http = { host: '127.0.0.1', port: httpPort };
  await expect(startRelay({ http, ssh: { host: '127.0.0.1', port } })).rejects.toMatchObject({
    exitCode: 69,
    message: `listen failed: 127.0.0.1:${port} is in use; choose another port, or see who has it; next: ss -ltnp 'sport = :${port}'`,
  });
  expect((await startRelay({ http })).httpPort).toBe(httpPort);
});

test('close tells the tab with 1001, ends ssh clients and frees both ports', async () => {
  const running = await startRelay();
  const tab = await openTab(running);
  const { client } = await linked(running, tab);
  const clientEnd = endOf(client);
  const closed = closeOf(tab.control);
  const stopped = running.close();
  expect(await closed).toEqual({ code: 1001, reason: 'the relay stops' });
  await clientEnd;
  await stopped;
  await expect(tcpClient(running.sshPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(tcpClient(running.httpPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test.each(['before', 'later'])('a signal that is aborted %s closes it', async (when) => {
  const stop = new AbortController();
  if (when === 'before') stop.abort();
  const running = await startRelay({ signal: stop.signal });
  stop.abort();
  expect(running.isClosing()).toBe(true);
  await expect(tcpClient(running.sshPort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

/** 10,000 fragments of one message. */
function flood(socket: WebSocket): void {
  for (let sent = 0; sent < 10_000; sent++) socket.send('x', { fin: false });
}

/** Exactly so many bytes, leaving the connection open. */
function readSome(client: Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  return new Promise((resolve) => {
    client.on('data', (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received >= length) resolve(Buffer.concat(chunks));
    });
  });
}

test('the PROXY protocol: the tab is told the client that a trusted balancer names, and limits apply to it', async () => {
  const running = await startRelay({ trust: ['127.0.0.1'], proxyProtocol: true, limits: { maxWaitingPerSource: 1 } });
  const header = (address: string): string => `PROXY TCP4 ${address} 203.0.113.1 4711 22\r\n`;
  const control = await tcpClient(running.httpPort);
  control.write(header('203.0.113.9'));
  const fields = Object.entries(upgradeHeaders(originOf(running), `nacre.host.v1, nacre.token.${running.token}`));
  control.write(
    `GET /host HTTP/1.1\r\nHost: localhost:${running.httpPort}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  expect(String((await once(control, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
  const [first, second, other] = [
    await tcpClient(running.sshPort),
    await tcpClient(running.sshPort),
    await tcpClient(running.sshPort),
  ];
  const announced = once(control, 'data');
  first.write(header('203.0.113.7'));
  expect(String((await announced)[0])).toContain('"peer":{"address":"203.0.113.7","port":4711}');
  second.write(header('203.0.113.7'));
  expect(parseRefusal(await readToEnd(second)).reason).toBe(12);
  const again = once(control, 'data');
  other.write(header('203.0.113.8'));
  expect(String((await again)[0])).toContain('"address":"203.0.113.8"');
});

test('reload: new origins apply to later requests', async () => {
  const running = await startRelay({ allowOrigins: ['https://one.test'] });
  const status = async (origin: string): Promise<number> => (await ask(running, '/relay.json', { origin })).status;
  expect([await status('https://one.test'), await status('https://two.test')]).toEqual([200, 403]);
  running.reload({ allowOrigins: ['https://two.test'] });
  expect([await status('https://one.test'), await status('https://two.test')]).toEqual([403, 200]);
  expect(() => running.reload({ trust: ['nonsense'] })).toThrow('not a network');
});

test('a visitor with too many wrong tokens is told so, and let in with the right one', async () => {
  const running = await startRelay({ limits: { maxFailures: 2 } });
  const status = async (token: string): Promise<number> =>
    (await ask(running, '/host', upgradeHeaders(originOf(running), `nacre.host.v1, nacre.token.${token}`))).status;
  expect([await status('a'), await status('b'), await status('c'), await status(running.token)]).toEqual([
    401, 401, 429, 101,
  ]);
});
