/** A TCP proxy that cuts its connections as a seed says: after so many bytes, in one of three ways. */
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
  /** From now on cuts all each time this many more bytes have come through. */
  cutEvery(bytes: number): void;
}

export interface ChopperOptions {
  readonly seed: number;
  /** The least and the most bytes for which a connection lives, both ways together. */
  readonly bytes?: Range;
  /** Instead, exactly this many for the connection of this number. */
  readonly bytesOf?: (index: number) => number;
}

/** Of a connection. */
interface Life {
  /** Bytes that still come through. */
  readonly rest: () => number;
  readonly passed: (length: number) => void;
  readonly over: () => void;
}

type Range = readonly [least: number, most: number];

const FOR_EVER: Range = [Infinity, Infinity];
/** Never cuts by itself. */
export const WHOLE: ChopperOptions = { seed: 1 };

/** @param target returns the port behind it, asked for each connection */
export async function startChopper(cleanup: Cleanup, target: () => number, options: ChopperOptions): Promise<Chopper> {
  const next = plansOf(options);
  const open = new Set<() => void>();
  let carried = 0;
  let every = Infinity;
  let nextCut = Infinity;
  let cuts = 0;
  let firstCut: number | undefined;
  const cutAll = (): void => {
    nextCut = carried + every;
    for (const cut of open) cut();
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const { bytes, way } = next();
    let rest = bytes;
    const cut = (): void => {
      if (!open.delete(cut)) return;
      cuts += 1;
      firstCut ??= performance.now();
      breakOff([near, far], way);
    };
    open.add(cut);
    const life: Life = {
      rest: () => rest,
      passed: (length) => {
        rest -= length;
        carried += length;
        if (carried >= nextCut) cutAll();
        else if (rest === 0) cut();
      },
      over: () => void open.delete(cut),
    };
    carry(near, far, life);
    carry(far, near, life);
  });
  cleanup(() => {
    server.close();
    cutAll();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    carried: () => carried,
    cuts: () => cuts,
    firstCut: () => firstCut,
    cutAll,
    cutEvery: (bytes) => {
      every = bytes;
      nextCut = carried + bytes;
    },
  };
}

/** One direction of a connection. */
function carry(from: Socket, to: Socket, { rest, passed, over }: Life): void {
  from.on('error', () => undefined);
  from.on('data', (chunk: Buffer) => {
    const through = chunk.subarray(0, rest());
    if (!to.write(through)) from.pause();
    passed(through.length);
  });
  from.on('end', () => to.end());
  to.on('drain', () => from.resume());
  from.on('close', () => {
    over();
    to.destroy();
  });
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

interface Plan {
  readonly bytes: number;
  readonly way: number;
}

/** @returns what gives each connection, in order, its end. */
function plansOf({ seed, bytesOf, bytes = FOR_EVER }: ChopperOptions): () => Plan {
  const random = mulberry32(seed);
  const within = ([least, most]: Range): number =>
    least === most ? least : least + Math.floor(random() * (most - least));
  let connections = 0;
  return () => ({
    bytes: bytesOf?.(connections++) ?? within(bytes),
    way: Math.floor(random() * 3),
  });
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
