/** A tab's links that break: the ssh client of the relay does not notice. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { dialOffering } from '../dial.js';
import { socketStream } from '../pump.js';
import { reconnectUrl } from '../relay-v4/addresses.js';
import { openResumable } from '../relay-v4/client.js';
import type { MessageLink } from '../relay-v4/ends.js';
import { messageLink, sessionStream } from '../resume/node-ends.js';
import { fakeTime, settlesWithin } from '../testing/faked-time.js';
import { answerOf, endOf, MIB, randomPayload, sha256, tcpClient, tcpServer } from '../testing/sockets.js';
import { openTab, originOf, startRelay, upgradeHeaders, type TestTab } from '../testing/tab.js';
import type { Link } from '../websocket/link.js';
import type { Relay } from './relay.js';

/** Serves one ssh client over SSH Relay v4, and keeps the links to break them. */
async function serveOne(running: Relay, tab: TestTab, port: number): Promise<Link[]> {
  const { ticket } = await tab.next();
  const url = new URL(`ws://localhost:${running.httpPort}/v4/connect`);
  const { token } = running;
  const { link } = await dialOffering({ url, token, protocols: [`nacre.ticket.${ticket}`] }, false);
  const links = [link];
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const redial = async (sid: string, received: number): Promise<MessageLink> => {
    const next = await dialOffering({ url: reconnectUrl(url, sid, received), token }, false);
    links.push(next.link);
    return messageLink(next.link);
  };
  openResumable(messageLink(link), sessionStream(socketStream(socket)), { redial });
  return links;
}

test('an ssh client whose tab has lost its link twice gets every byte', async () => {
  const payload = randomPayload(2 * MIB);
  const { port } = await tcpServer((socket) => void socket.pipe(socket));
  const running = await startRelay();
  const tab = await openTab(running);
  const client = await tcpClient(running.sshPort);
  const links = await serveOne(running, tab, port);
  const chunks: Buffer[] = [];
  let length = 0;
  const echoed = new Promise<void>((resolve) =>
    client.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length === payload.length) resolve();
    }),
  );
  client.write(payload.subarray(0, MIB));
  await new Promise<void>((resolve) => links[0]?.on('message', () => resolve()));
  links[0]?.terminate();
  await expect.poll(() => links, { interval: 5 }).toHaveLength(2);
  links[1]?.terminate();
  client.write(payload.subarray(MIB));
  await echoed;
  expect(sha256(Buffer.concat(chunks))).toBe(sha256(payload));
  expect(links.length).toBeGreaterThan(2);
});

test('a tab that does not come back: the ssh client is reset after the grace time', async () => {
  const { port } = await tcpServer(() => undefined);
  const running = await startRelay({ limits: { resumeGrace: 20 } });
  const tab = await openTab(running);
  const client = await tcpClient(running.sshPort);
  const { ticket } = await tab.next();
  const url = `ws://localhost:${running.httpPort}/v4/connect`;
  const { link } = await dialOffering({ url, token: running.token, protocols: [`nacre.ticket.${ticket}`] }, false);
  expect(port).toBeGreaterThan(0);
  const ended = endOf(client);
  link.terminate();
  expect(await ended).toBe('ECONNRESET');
});

test('the relay stops: a tab that does not answer its Close holds it up for a moment only', async () => {
  const { port } = await tcpServer(() => undefined);
  const running = await startRelay();
  const tab = await openTab(running);
  const client = await tcpClient(running.sshPort);
  const [link] = await serveOne(running, tab, port);
  client.on('error', () => undefined).write('x');
  await new Promise<void>((resolve) => link?.on('message', () => resolve()));
  link?.pause();
  tab.control.pause();
  fakeTime();
  expect(await settlesWithin(20, running.close())).toBe(true);
});

test('an invented session is answered 410, and a program without the token is not let in at all', async () => {
  const running = await startRelay();
  const url = `ws://localhost:${running.httpPort}/v4/reconnect?sid=${randomUUID()}&ack=0`;
  await expect(dialOffering({ url, token: running.token }, false)).rejects.toMatchObject({ status: 410 });
  await expect(dialOffering({ url }, false)).rejects.toMatchObject({ status: 403 });
});

test('a link of a tab that answers no ping is given up, and the session with it if no other comes', async () => {
  const running = await startRelay({ limits: { pingInterval: 5, pongTimeout: 5, resumeGrace: 1 } });
  const tab = await openTab(running);
  const client = await tcpClient(running.sshPort);
  const { ticket } = await tab.next();
  const url = `ws://localhost:${running.httpPort}/v4/connect`;
  // Paused: it reads no ping.
  await dialOffering({ url, token: running.token, protocols: [`nacre.ticket.${ticket}`] }, false);
  expect(await endOf(client)).toBe('ECONNRESET');
});

/** A page that names no session: the relay tells it so in a Close frame, which it leaves unanswered. */
async function comeBackToNothing(running: Relay): Promise<Socket> {
  const stranger = await tcpClient(running.httpPort);
  const fields = Object.entries(upgradeHeaders(originOf(running), 'ssh')).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  stranger.write(
    `GET /v4/reconnect?sid=x&ack=0 HTTP/1.1\r\nHost: localhost:${running.httpPort}\r\n${fields.join('')}\r\n`,
  );
  expect(String((await once(stranger, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
  return stranger;
}

test('Security: a page that names no session keeps the place of a visitor until it goes', async () => {
  const running = await startRelay({ limits: { maxPending: 1, maxPendingPerSource: 1 } });
  await comeBackToNothing(running);
  expect(await answerOf(running.httpPort)).toBe('');
});

test('Security: a stranger who answers the Close of a refused link in broken frames ends that link, and nothing else', async () => {
  const running = await startRelay();
  const stranger = await comeBackToNothing(running);
  // A reserved bit is set.
  stranger.write(Buffer.from('f28000000000', 'hex'));
  expect(await endOf(stranger)).toBe('end');
  expect((await openTab(running)).control.readyState).toBe(1);
});
