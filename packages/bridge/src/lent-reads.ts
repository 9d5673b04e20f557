/** Reads of a socket into memory that is used again: bulk data leaves no garbage, and an idle socket holds no memory. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Here the reads of all sockets begin; what they bring is copied, for the next socket's read overwrites it. */
const SHARED = Buffer.allocUnsafeSlow(64 * 1024);
/** A socket whose read fills that gets so much for itself, as long as its reads stay long: the longer, the less a byte costs. */
export const SLAB_LENGTH: number = 512 * 1024;
const LONG_READ = 16 * 1024;

/** All sockets together: who finds none left stays with short reads. */
const MAX_SLABS = 64;
/** Slabs that nobody uses at the moment; more than these are left to the garbage collector. */
const MAX_FREE = 8;
const free: Buffer<ArrayBuffer>[] = [];
let slabs = 0;

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
  const shrink = (): void => {
    if (slab !== SHARED && !isKept) giveBack(slab);
    slab = SHARED;
    isKept = false;
  };
  const next = (): Buffer<ArrayBuffer> => {
    // Who keeps a chunk is slow, and has enough for now: one that stops taking holds no second slab.
    if (isKept || !isLong) shrink();
    else if (slab === SHARED) slab = takeSlab() ?? SHARED;
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
  socket.once('close', shrink);
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

function takeSlab(): Buffer<ArrayBuffer> | undefined {
  const slab = free.pop();
  if (slab !== undefined || slabs === MAX_SLABS) return slab;
  slabs += 1;
  return Buffer.allocUnsafeSlow(SLAB_LENGTH);
}

function giveBack(slab: Buffer<ArrayBuffer>): void {
  if (free.length < MAX_FREE) free.push(slab);
  else slabs -= 1;
}
