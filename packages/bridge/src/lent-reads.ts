/** Reads of a socket into memory that is used again: bulk data leaves no garbage, and an idle socket holds no memory. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Here the reads of all sockets begin; what they bring is copied, for the next socket's read overwrites it. */
const SHARED = Buffer.allocUnsafeSlow(64 * 1024);
/** A socket whose read fills that gets so much for itself, as long as its reads stay long. */
const OWN_LENGTH = 256 * 1024;
const LONG_READ = 16 * 1024;

/** Slabs that nobody uses at the moment; more than these are left to the garbage collector. */
const FREE: Buffer<ArrayBuffer>[] = [];
const MAX_FREE = 16;

/** Says that what `data` is delivering is needed for longer; returns what to call when it is not any more. */
export type Keep = () => () => void;

const keeps = new WeakMap<Socket, Keep>();

/**
 * As `connect` of `node:net`, but the chunks of `data` are good only until its listeners return, unless one of them has called
 * what `keepOf` gives.
 */
export function connectLending(options: NetConnectOpts): Socket {
  let slab = SHARED;
  let isKept = false;
  let isLong = false;
  const next = (): Buffer<ArrayBuffer> => {
    const isOwn = slab !== SHARED;
    if (isLong === isOwn && !isKept) return slab;
    if (isOwn && !isKept) giveBack(slab);
    isKept = false;
    slab = isLong ? (FREE.pop() ?? Buffer.allocUnsafeSlow(OWN_LENGTH)) : SHARED;
    return slab;
  };
  const deliver = (length: number): boolean => {
    const read = slab.subarray(0, length);
    isLong = length === slab.length || (slab !== SHARED && length >= LONG_READ);
    socket.emit('data', slab === SHARED ? Buffer.from(read) : read);
    // Who wants no more pauses the socket.
    return true;
  };
  // `buffer` is asked before the first read and after each.
  const socket = connect({ ...options, onread: { buffer: next, callback: deliver } });
  keeps.set(socket, () => {
    if (slab === SHARED) return () => undefined;
    const kept = slab;
    isKept = true;
    return () => giveBack(kept);
  });
  return socket;
}

/** Undefined for a socket whose chunks are its reader's to keep. */
export function keepOf(socket: Socket): Keep | undefined {
  return keeps.get(socket);
}

function giveBack(slab: Buffer<ArrayBuffer>): void {
  if (FREE.length < MAX_FREE) FREE.push(slab);
}
