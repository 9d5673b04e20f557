/** Links over Node's own streams. No web streams are made. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ByteLink, LinkReceiver, Peer } from '@nacre/core';

/** A link over a TCP or Unix socket. */
export function fromSocket(socket: Socket): ByteLink {
  socket.setNoDelay(true);
  // The kernel has a copy of what is no longer counted here; other streams may hand on the memory itself.
  return { ...fromNodeStream(socket, peerOf(socket)), isFlushed: () => socket.writableLength === 0 };
}

/** A link over any two-way stream of Node: a pipe to another process, or a TLS socket. */
export function fromNodeStream(stream: Duplex, peer?: Peer): ByteLink {
  return {
    ...(peer === undefined ? {} : { peer }),
    open(receiver: LinkReceiver) {
      let isEnded = false;
      const end = (error?: unknown): void => {
        if (isEnded) return;
        isEnded = true;
        receiver.end(error);
      };
      stream.on('data', (chunk: Uint8Array) => receiver.chunk(chunk));
      stream.on('drain', () => receiver.drain());
      stream.on('end', () => end());
      stream.on('error', (error) => end(error));
      stream.on('close', () => end());
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
