/** Links over Node's own streams. No web streams are made. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ByteLink, Peer } from '@nacre/core';
import { KeptEnd } from './kept-end.js';

/** A connection on which nothing moves is probed after this many ms, so that one whose peer vanished ends some day. */
const KEEP_ALIVE_DELAY = 60_000;

/** A link over a TCP or Unix socket. Its input waits until the link is opened. */
export function fromSocket(socket: Socket): ByteLink {
  tune(socket);
  // The kernel has a copy of what is no longer counted here; other streams may hand on the memory itself.
  return { ...fromNodeStream(socket, peerOf(socket)), isFlushed: () => socket.writableLength === 0 };
}

/** What every socket that carries ssh gets, below WebSocket too. */
export function tune(socket: Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
}

/** A link over any two-way stream of Node: a pipe to another process, or a TLS socket. Its input waits until the link is opened. */
export function fromNodeStream(stream: Duplex, peer?: Peer): ByteLink {
  stream.pause();
  const end = new KeptEnd();
  // Security: at once, not when the link is opened. An error that nobody listens to ends the process, and a peer can reset
  // its connection while a hook decides about it.
  stream.on('end', () => end.tell());
  stream.on('error', (error) => end.tell(error));
  stream.on('close', () => end.tell());
  return {
    ...(peer === undefined ? {} : { peer }),
    open(receiver) {
      stream.on('data', (chunk: Uint8Array) => receiver.chunk(chunk));
      stream.on('drain', () => receiver.drain());
      end.open(receiver);
      stream.resume();
    },
    write: (bytes) => stream.write(bytes),
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    end: () => void stream.end(),
    destroy: () => void stream.destroy(),
  };
}

export function peerOf({ remoteAddress, remotePort }: Socket): Peer {
  return {
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(remotePort === undefined ? {} : { remotePort }),
  };
}
