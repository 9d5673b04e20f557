/** Socket reads into reused memory: bulk data leaves no garbage, and an idle socket holds no memory. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** The first reads of every socket go here; what they deliver is copied, as the next socket's read overwrites it. */
const SHARED = Buffer.allocUnsafeSlow(64 * 1024);
/** A socket whose read fills `SHARED` gets a slab of its own while its reads stay long: longer reads cost less per byte. */
export const SLAB_LENGTH: number = 512 * 1024;
const LONG_READ = 16 * 1024;

/** Over all sockets; a socket that finds none left keeps to short reads. */
const MAX_SLABS = 64;
/** Unused slabs to keep; any more are left to the garbage collector. */
const MAX_FREE = 8;
const free: Buffer<ArrayBuffer>[] = [];
let slabs = 0;

/** Keeps the chunk that `data` is delivering valid; the returned function releases it. */
export type Keep = () => () => void;

const keeps = new WeakMap<Socket, Keep>();

/**
 * Like `connect` of `node:net`, but a chunk of `data` is valid only until the listeners return, unless one of them has
 * called the `Keep` that `keepOf` returns.
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
    // A reader that keeps a chunk is slow, so it gets no second slab: one that stops reading holds only one.
    if (isKept || !isLong) shrink();
    else if (slab === SHARED) slab = takeSlab() ?? SHARED;
    return slab;
  };
  const deliver = (length: number): boolean => {
    const read = slab.subarray(0, length);
    isLong = length === slab.length || (slab !== SHARED && length >= LONG_READ);
    socket.emit('data', slab === SHARED ? Buffer.from(read) : read);
    // A reader that wants no more pauses the socket.
    return true;
  };
  // Node calls `buffer` before the first read and after each one.
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

/** Undefined for a socket whose chunks belong to its reader. */
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
