/** Carriers for cases over loopback: TCP and WebSocket, as Node's listeners serve them. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { ByteLink } from '@nacre/core';
import { connectTcp, fromSocket, listen, type Listener } from '@nacre/edge/node';
import { connectWebSocket, fromWebSocket, listenWebSocket } from '@nacre/edge/node-web-socket';
import { WebSocket, WebSocketServer } from 'ws';
import { byteByByte, inOneBlock, type Carrier, type DialOptions, type Reach } from './wire.js';

/** Where connections come from, unless a case says where. */
const SOURCE = '127.0.0.1';

export function dialTcp(port: number, { remoteAddress = SOURCE, delivery }: DialOptions = {}): Promise<ByteLink> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: remoteAddress, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(cut(fromSocket(socket), delivery));
    });
  });
}

function dialWebSocket(port: number, { remoteAddress = SOURCE, delivery }: DialOptions = {}): Promise<ByteLink> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
      perMessageDeflate: false,
      autoPong: false,
      localAddress: remoteAddress,
    });
    socket.once('error', reject);
    socket.once('open', () => {
      socket.off('error', reject);
      resolve(cut(fromWebSocket(socket), delivery));
    });
  });
}

function cut(link: ByteLink, delivery: DialOptions['delivery']): ByteLink {
  if (delivery === 'byte by byte') return byteByByte(link);
  return delivery === 'in one block' ? inOneBlock(link) : link;
}

function reach(listener: Listener, dial: (port: number, options?: DialOptions) => Promise<ByteLink>): Reach {
  return { dial: (options) => dial(listener.port, options), close: () => listener.close() };
}

export const tcp: Carrier = {
  name: 'TCP',
  serve: async (server) => reach(await listen(server, { port: 0 }), dialTcp),
  pair: async (delivery) => {
    const listener = createServer({ noDelay: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const accepted = once(listener, 'connection') as Promise<[Socket]>;
    const client = await connectTcp('127.0.0.1', portOf(listener));
    const [socket] = await accepted;
    listener.close();
    return { client, server: cut(fromSocket(socket), delivery) };
  },
};

export const webSocket: Carrier = {
  name: 'WebSocket',
  serve: async (server) => reach(await listenWebSocket(server, { port: 0 }), dialWebSocket),
  pair: async (delivery) => {
    const listener = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, autoPong: false });
    await once(listener, 'listening');
    // At once, before anything can come that nobody would listen to.
    const accepted = new Promise<ByteLink>((resolve) => {
      listener.once('connection', (socket) => resolve(fromWebSocket(socket)));
    });
    const client = await connectWebSocket(`ws://127.0.0.1:${portOf(listener)}/`);
    const server = cut(await accepted, delivery);
    listener.close();
    return { client, server };
  },
};

function portOf(listener: { address(): string | AddressInfo | null }): number {
  return (listener.address() as AddressInfo).port;
}
