/** A tab's links that break: the ssh client of the relay does not notice. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { dialOffering } from '../dial.js';
import { socketStream } from '../pump.js';
import { reconnectUrl } from '../relay-v4/addresses.js';
import { openResumable } from '../relay-v4/client.js';
import type { MessageLink } from '../relay-v4/ends.js';
import { messageLink, sessionStream } from '../resume/node-ends.js';
import { endOf, MIB, randomPayload, sha256, tcpClient, tcpServer } from '../testing/sockets.js';
import { openTab, startRelay, type TestTab } from '../testing/tab.js';
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

test('an invented session is answered 410, and a program without the token is not let in at all', async () => {
  const running = await startRelay();
  const url = `ws://localhost:${running.httpPort}/v4/reconnect?sid=${randomUUID()}&ack=0`;
  await expect(dialOffering({ url, token: running.token }, false)).rejects.toMatchObject({ status: 410 });
  await expect(dialOffering({ url }, false)).rejects.toMatchObject({ status: 403 });
});
