/** A TCP proxy that cuts its connections where a seed says: after so many bytes, in one of three ways. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Cleanup } from '../processes.js';

export interface Chopper {
  readonly port: number;
  /** How many connections were cut so far. */
  cuts(): number;
  /** Cuts all that are open now. */
  cutAll(): void;
}

export interface ChopperOptions {
  readonly seed: number;
  /** A connection lives for at least and at most so many bytes, both ways together. */
  readonly bytes: readonly [number, number];
}

/** Never cuts by itself. */
export const WHOLE: ChopperOptions = { seed: 1, bytes: [Infinity, Infinity] };

export async function startChopper(cleanup: Cleanup, target: number, options: ChopperOptions): Promise<Chopper> {
  const random = mulberry32(options.seed);
  const open = new Set<() => void>();
  let cuts = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const [least, most] = options.bytes;
    let rest = least + Math.floor(random() * (most === Infinity ? 0 : most - least));
    const way = Math.floor(random() * 3);
    const cut = (): void => {
      if (!open.delete(cut)) return;
      cuts += 1;
      breakOff([near, far], way);
    };
    open.add(cut);
    const carry = (from: Socket, to: Socket): void => {
      from.on('error', () => undefined);
      from.on('data', (chunk: Buffer) => {
        const through = chunk.subarray(0, rest);
        rest -= through.length;
        if (!to.write(through)) from.pause();
        if (rest === 0) cut();
      });
      from.on('end', () => to.end());
      to.on('drain', () => from.resume());
      from.on('close', () => {
        open.delete(cut);
        to.destroy();
      });
    };
    carry(near, far);
    carry(far, near);
  });
  cleanup(() => {
    server.close();
    for (const cut of open) cut();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, cuts: () => cuts, cutAll: () => open.forEach((cut) => cut()) };
}

/** A reset on both sides, an end on both sides, or one side that learns of nothing before the other one is gone. */
function breakOff([near, far]: readonly [Socket, Socket], way: number): void {
  if (way === 0) {
    near.resetAndDestroy();
    far.resetAndDestroy();
  } else if (way === 1) {
    near.destroy();
    far.destroy();
  } else {
    near.resetAndDestroy();
    far.removeAllListeners('data').resume();
    setTimeout(() => far.destroy(), 100);
  }
}

/** Small, and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
