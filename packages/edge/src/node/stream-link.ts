/** Links over Node's own streams, without web streams. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ByteLink, LinkReceiver, Peer } from '@nacre/core';
import { KeptEnd } from './kept-end.js';
import { WriteBurst } from './write-burst.js';

/** An idle connection is probed after this many ms, so that one whose peer vanished ends eventually. */
const KEEP_ALIVE_DELAY = 60_000;

/** A link over a TCP or Unix socket. Input waits until the link is opened. */
export function fromSocket(socket: Socket): ByteLink {
  tune(socket);
  // Not spread: V8 would give each peer a hidden class of its own.
  return new SocketLink(socket, Object.assign(peerOf(socket), { isDirect: true }));
}

/** Sets up a socket that carries ssh, also below a WebSocket. */
export function tune(socket: Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
}

/** A link over any duplex stream: a pipe to another process, or a TLS socket. Input waits until the link is opened. */
export function fromNodeStream(stream: Duplex, peer?: Peer): ByteLink {
  return new StreamLink(stream, peer);
}

/** Every connection has one: closures would take three times the memory of a class. */
class StreamLink implements ByteLink {
  readonly peer?: Peer;
  readonly stream: Duplex;
  readonly #end = new KeptEnd();
  readonly #burst = new WriteBurst();
  #receiver: LinkReceiver | undefined;

  constructor(stream: Duplex, peer: Peer | undefined) {
    if (peer !== undefined) this.peer = peer;
    this.stream = stream;
    stream.pause();
    // Security: at once, not when the link is opened. An unhandled error ends the process, and a peer can reset its connection
    // while a hook decides about it.
    const tell = (error?: unknown): void => this.#end.tell(error instanceof Error ? error : undefined);
    stream.on('end', tell);
    stream.on('error', tell);
    stream.on('close', tell);
  }

  open(receiver: LinkReceiver): void {
    this.stream.on('data', (chunk: Uint8Array) => receiver.chunk(chunk));
    this.#receiver = receiver;
    this.stream.on('drain', () => this.#drain());
    if (receiver.gone !== undefined) this.stream.on('close', () => receiver.gone?.());
    this.#end.open(receiver);
    this.stream.resume();
  }

  write(bytes: Uint8Array): boolean {
    this.#burst.count(bytes.length);
    if (!this.stream.write(bytes)) return false;
    if (!this.#burst.isOver) return true;
    this.#drain();
    return false;
  }

  #drain(): void {
    this.#burst.whenTurned(() => this.#receiver?.drain());
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  end(): void {
    this.stream.end();
  }

  destroy(): void {
    this.stream.destroy();
  }
}

class SocketLink extends StreamLink {
  /** The kernel has copied what is no longer counted here; other streams may pass on the memory itself. */
  isFlushed(): boolean {
    return this.stream.writableLength === 0;
  }
}

export function peerOf({ remoteAddress, remotePort }: Socket): Peer {
  // A Unix socket has neither.
  return remoteAddress === undefined || remotePort === undefined ? {} : { remoteAddress, remotePort };
}
