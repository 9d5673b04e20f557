/** What carries a case's bytes: one interface for memory, TCP and WebSocket, and the three ways to cut what is sent. */
import type { ByteLink, Server } from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { concat } from './bytes.js';

/**
 * As each message is written; byte by byte; or at once everything that is sent without waiting for an answer. Byte by byte is,
 * in memory, the first `SINGLE` bytes of each write, and over a network whatever is not longer than `LONG`; the rest is in pieces.
 */
export type Delivery = 'as sent' | 'byte by byte' | 'in one block';

export interface DialOptions {
  readonly delivery?: Delivery;
  /** Where the server sees the connection coming from; an address in 127.0.0.0/8. */
  readonly remoteAddress?: string;
  /** In memory: whether that address is the client's own; true by default. */
  readonly isDirect?: boolean;
}

/** Brings peers to servers, and clients to hostile ones. */
export interface Carrier {
  readonly name: string;
  serve(server: Server): Promise<Reach>;
  /** A client's end and a server's end; `delivery` is how the server's bytes come. */
  pair(delivery: Delivery): Promise<Pair>;
}

export interface Pair {
  readonly client: ByteLink;
  readonly server: ByteLink;
}

/** A server within reach. */
export interface Reach {
  dial(options?: DialOptions): Promise<ByteLink>;
  /** Accepts no more. */
  close(): Promise<void>;
}

export const memory: Carrier = {
  name: 'memory',
  serve: (server) =>
    Promise.resolve({
      dial: (options) => Promise.resolve(dialMemory(server, options)),
      close: () => Promise.resolve(),
    }),
  pair: (delivery) => {
    const [client, server] = memoryLinks();
    return Promise.resolve({ client, server: delivered(server, delivery) });
  },
};

export function dialMemory(
  server: Server,
  { delivery, remoteAddress = '127.0.0.1', isDirect = true }: DialOptions = {},
): ByteLink {
  const [near, far] = memoryLinks({ peer: { remoteAddress, isDirect } });
  void server.accept(far);
  return delivered(near, delivery);
}

function delivered(link: ByteLink, delivery: Delivery = 'as sent'): ByteLink {
  if (delivery === 'as sent') return link;
  return delivery === 'in one block' ? inOneBlock(link) : inCrumbs(link);
}

/**
 * Of each write, so many bytes arrive one by one: what decides where a packet begins, and in the suite `thorough` all of a KEXINIT
 * and of packets written together. The rest arrives in pieces of this size.
 */
const SINGLE = Number(process.env['SINGLE_BYTES'] ?? 128);
const PIECE = 61;

/** A link in memory whose other end gets the first bytes of each write one by one. */
function inCrumbs(link: ByteLink): ByteLink {
  return {
    ...passed(link),
    write: (chunk) => {
      let isReady = true;
      for (let start = 0, end = 1; start < chunk.length; start = end, end += start < SINGLE ? 1 : PIECE)
        isReady = link.write(chunk.subarray(start, end));
      return isReady;
    },
  };
}

/** A link over which everything that is written before the writer next waits leaves as one chunk. */
export function inOneBlock(link: ByteLink): ByteLink {
  let waiting: Uint8Array[] = [];
  const flush = (): void => {
    const block = waiting;
    waiting = [];
    if (block.length > 0) link.write(concat(...block));
  };
  return {
    ...passed(link),
    write: (chunk) => {
      if (waiting.length === 0) queueMicrotask(flush);
      waiting.push(chunk);
      return true;
    },
    end: () => {
      flush();
      link.end();
    },
    destroy: () => {
      flush();
      link.destroy();
    },
  };
}

/** Beyond this many waiting bytes, they leave in pieces of this many: a quarter of a million turns would take minutes. */
const LONG = 8192;

/** A network link over which each byte leaves in a turn of its own, so that no two can share a segment or a frame. */
export function byteByByte(link: ByteLink): ByteLink {
  let waiting: Uint8Array = new Uint8Array(0);
  let isOver = false;
  let atEnd: (() => void) | undefined;
  const step = (): void => {
    if (isOver) return;
    if (waiting.length === 0) {
      atEnd?.();
      return;
    }
    const size = waiting.length > LONG ? PIECE : 1;
    link.write(waiting.slice(0, size));
    waiting = waiting.subarray(size);
    setImmediate(step);
  };
  return {
    ...passed(link),
    open: (receiver) =>
      link.open({
        ...receiver,
        chunk: (chunk) => receiver.chunk(chunk),
        drain: () => receiver.drain(),
        end: (error) => {
          isOver = true;
          receiver.end(error);
        },
      }),
    write: (chunk) => {
      if (waiting.length === 0) setImmediate(step);
      waiting = concat(waiting, chunk);
      return true;
    },
    end: () => {
      if (waiting.length === 0) link.end();
      else atEnd = () => link.end();
    },
    destroy: () => {
      isOver = true;
      link.destroy();
    },
  };
}

function passed(link: ByteLink): ByteLink {
  return {
    open: (receiver) => link.open(receiver),
    write: (chunk) => link.write(chunk),
    pause: () => link.pause(),
    resume: () => link.resume(),
    end: () => link.end(),
    destroy: () => link.destroy(),
  };
}
