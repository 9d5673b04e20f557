/** A TCP proxy that cuts its connections as a seed says: after so many bytes or so much time, in one of three ways. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Cleanup } from '../processes.js';

export interface Chopper {
  readonly port: number;
  /** Bytes of all connections, both ways together. */
  carried(): number;
  /** How many connections were cut so far. */
  cuts(): number;
  /** When the first one was cut, by `performance.now()`. */
  firstCut(): number | undefined;
  /** Cuts all that are open now. */
  cutAll(): void;
}

export interface ChopperOptions {
  readonly seed: number;
  /** The least and the most bytes for which a connection lives, both ways together. */
  readonly bytes?: Range;
  /** Instead, exactly this many for the connection of this number. */
  readonly bytesOf?: (index: number) => number;
  /** The same in ms; whichever is over first. */
  readonly time?: Range;
}

type Range = readonly [least: number, most: number];

const FOR_EVER: Range = [Infinity, Infinity];
/** Never cuts by itself. */
export const WHOLE: ChopperOptions = { seed: 1 };

/** @param target returns the port behind it, asked for each connection */
export async function startChopper(cleanup: Cleanup, target: () => number, options: ChopperOptions): Promise<Chopper> {
  const random = mulberry32(options.seed);
  const within = ([least, most]: Range): number =>
    least === most ? least : least + Math.floor(random() * (most - least));
  const open = new Set<() => void>();
  let connections = 0;
  let carried = 0;
  let cuts = 0;
  let firstCut: number | undefined;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    let rest = options.bytesOf?.(connections++) ?? within(options.bytes ?? FOR_EVER);
    const time = within(options.time ?? FOR_EVER);
    const way = Math.floor(random() * 3);
    const cut = (): void => {
      if (!open.delete(cut)) return;
      cuts += 1;
      firstCut ??= performance.now();
      breakOff([near, far], way);
    };
    open.add(cut);
    const timer = time === Infinity ? undefined : setTimeout(cut, time);
    const carry = (from: Socket, to: Socket): void => {
      from.on('error', () => undefined);
      from.on('data', (chunk: Buffer) => {
        const through = chunk.subarray(0, rest);
        rest -= through.length;
        carried += through.length;
        if (!to.write(through)) from.pause();
        if (rest === 0) cut();
      });
      from.on('end', () => to.end());
      to.on('drain', () => from.resume());
      from.on('close', () => {
        clearTimeout(timer);
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
  const { port } = server.address() as AddressInfo;
  return {
    port,
    carried: () => carried,
    cuts: () => cuts,
    firstCut: () => firstCut,
    cutAll: () => open.forEach((cut) => cut()),
  };
}

/** A reset on both sides, an end on both sides, or one side that learns nothing before the other is gone. */
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
