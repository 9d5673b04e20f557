import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { fromWebSocket, type ByteLink } from '@nacre/core';
import { connectWebSocket } from '../node-web-socket.js';
import { fromNodeStream, fromSocket } from './stream-link.js';
import { MAXIMUM_BURST } from './write-burst.js';

const CHUNK = new Uint8Array(8 * 1024);
const ALL = 4 * MAXIMUM_BURST;

/** Takes all at once, as the kernel does while a peer reads fast. */
function greedyStream(): ByteLink {
  return fromNodeStream(new Duplex({ read: () => undefined, write: (_chunk, _encoding, taken) => taken() }));
}

async function overTcp(): Promise<ByteLink> {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => (socket.destroy(), void server.close()));
  await once(socket, 'connect');
  return fromSocket(socket);
}

async function webSocketUrl(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function overWebSocket(): Promise<ByteLink> {
  const link = await connectWebSocket(await webSocketUrl());
  onTestFinished(() => link.destroy());
  return link;
}

/** Core's own link, for which this is one more WebSocket as the web has it. */
async function overStandardWebSocket(): Promise<ByteLink> {
  const socket = new WebSocket(await webSocketUrl(), { perMessageDeflate: false });
  onTestFinished(() => socket.terminate());
  const link = fromWebSocket(socket);
  await once(socket, 'open');
  return link;
}

const immediate = (callback: () => void): unknown => setImmediate(callback);
/** Core waits by timers, which Node may run again and again before it looks at input: what is sure to have a turn is another timer. */
const timer = (callback: () => void): unknown => setTimeout(callback);

test.each([
  ['a stream that takes all at once', greedyStream, immediate],
  ['TCP', overTcp, immediate],
  ['WebSocket', overWebSocket, immediate],
  ["core's link over WebSocket", overStandardWebSocket, timer],
])('whoever writes as fast as %s takes it lets the event loop turn', async (_name, open, inTurn) => {
  const link = await open();
  let goOn = (): void => undefined;
  link.open({ chunk: () => undefined, end: () => undefined, drain: () => goOn() });
  let sinceTurn = 0;
  let most = 0;
  let isDone = false;
  const turn = (): void => {
    sinceTurn = 0;
    if (!isDone) inTurn(turn);
  };
  turn();
  for (let written = 0; written < ALL; written += CHUNK.length) {
    sinceTurn += CHUNK.length;
    most = Math.max(most, sinceTurn);
    if (!link.write(CHUNK)) await new Promise<void>((resolve) => (goOn = resolve));
  }
  isDone = true;
  expect(most).toBeLessThanOrEqual(MAXIMUM_BURST + CHUNK.length);
});
