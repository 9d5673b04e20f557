import { afterEach, expect, test, vi } from 'vitest';
import { RELAY_LIMITS } from './limits.js';
import { Pairs } from './pairs.js';
import type { RelaySocket, RelayState } from './platform.js';
import { Sockets, stateOf } from './sockets.js';

const OPEN = 1;
const CLOSING = 2;

/** One whose reader takes nothing, and answers no Close. */
class StandingSocket implements RelaySocket {
  readyState = OPEN;
  bufferedAmount = 0;
  #attachment: unknown;
  accept(): void {}
  close(): void {
    this.readyState = CLOSING;
  }
  serializeAttachment(attachment: unknown): void {
    this.#attachment = attachment;
  }
  deserializeAttachment(): unknown {
    return this.#attachment;
  }
  send(message: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void {
    this.bufferedAmount += typeof message === 'string' ? message.length : message.byteLength;
  }
}

class MemoryState implements RelayState {
  readonly #sockets = new Map<RelaySocket, readonly string[]>();
  readonly storage = {
    list: () => Promise.resolve(new Map<string, unknown>()),
    put: () => Promise.resolve(),
    delete: () => Promise.resolve(true),
    setAlarm: () => Promise.resolve(),
  };
  acceptWebSocket(socket: RelaySocket, tags: string[]): void {
    this.#sockets.set(socket, tags);
  }
  getWebSockets(tag?: string): RelaySocket[] {
    return [...this.#sockets].flatMap(([socket, tags]) => (tag === undefined || tags.includes(tag) ? [socket] : []));
  }
  blockConcurrencyWhile<T>(callback: () => Promise<T>): Promise<T> {
    return callback();
  }
}

afterEach(() => void vi.unstubAllGlobals());

/** A relay's pairs with these bounds, and how to make one more of them. */
function openPairs(limits: Partial<typeof RELAY_LIMITS>) {
  vi.stubGlobal('WebSocketPair', function createPair() {
    return { 0: new StandingSocket(), 1: new StandingSocket() };
  });
  const state = new MemoryState();
  const pairs = new Pairs(state, new Sockets(state), { limits: { ...RELAY_LIMITS, ...limits }, now: () => 0 });
  return () => {
    const before = state.getWebSockets().length;
    pairs.create();
    const [visitor, host] = state.getWebSockets().slice(before) as [RelaySocket, RelaySocket];
    /** A command that nobody knows: it goes on as any does. */
    const say = (length: number): void => {
      const link = stateOf(host);
      if (link?.role === 'link') pairs.carry(host, link, new ArrayBuffer(length));
    };
    return { visitor, say };
  };
}

test('Security: readers that stand still, and leave a Close without an answer, take no link but their own', () => {
  const create = openPairs({ maxTotalBacklog: 100_000, maxLinks: 10 });
  const [first, second, bystander] = [create(), create(), create()];
  first.say(60_000);
  second.say(60_000);
  for (let round = 0; round < 3; round += 1) bystander.say(100);
  expect([first, second, bystander].map(({ visitor }) => visitor.readyState)).toEqual([CLOSING, CLOSING, OPEN]);
});
