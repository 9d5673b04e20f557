import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { requestFor, type Errand } from './errand.js';
import { RELAY_LIMITS } from './limits.js';
import { Pairs } from './pairs.js';
import type { RelaySocket, RelayState } from './platform.js';
import { RelayObject } from './relay-object.js';
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

beforeEach(() => {
  vi.stubGlobal('WebSocketPair', function createPair() {
    return { 0: new StandingSocket(), 1: new StandingSocket() };
  });
});

/** A relay's pairs with these bounds, and how to make one more of them. */
function openPairs(limits: Partial<typeof RELAY_LIMITS>) {
  const state = new MemoryState();
  let time = 0;
  const pairs = new Pairs(state, new Sockets(state), {
    limits: { ...RELAY_LIMITS, ...limits },
    now: () => (time += 1),
  });
  const create = (source?: string) => {
    const before = state.getWebSockets().length;
    pairs.create(source);
    const [visitor, host] = state.getWebSockets().slice(before) as [RelaySocket, RelaySocket];
    /** A command that nobody knows: it goes on as any does. */
    const say = (length: number): void => {
      const link = stateOf(host);
      if (link?.role === 'link') pairs.carry(host, link, new ArrayBuffer(length));
    };
    /** The visitor's link breaks. */
    const leave = async (): Promise<void> => {
      const link = stateOf(visitor);
      if (link?.role === 'link') await pairs.closed(visitor, link, 1006);
    };
    return { visitor, host, say, leave };
  };
  return { pairs, create };
}

test('Security: readers that stand still, and leave a Close without an answer, take no link but their own', () => {
  const { create } = openPairs({ maxTotalBacklog: 100_000, maxLinks: 10 });
  const [first, second, bystander] = [create(), create(), create()];
  first.say(60_000);
  second.say(60_000);
  for (let round = 0; round < 3; round += 1) bystander.say(100);
  expect([first, second, bystander].map(({ visitor }) => visitor.readyState)).toEqual([CLOSING, CLOSING, OPEN]);
});

test('Security: more under way to a reader than SSH Relay v4 allows ends the session for both', () => {
  const { pairs, create } = openPairs({ maxBacklog: 10_000 });
  const { visitor, host, say } = create();
  say(9_000);
  expect([visitor, host].map(({ readyState }) => readyState)).toEqual([OPEN, OPEN]);
  say(1_000);
  expect([visitor, host].map(({ readyState }) => readyState)).toEqual([CLOSING, CLOSING]);
  expect(pairs.size).toBe(0);
});

test('Security: a visitor that leaves session after session takes no place from others', async () => {
  const { pairs, create } = openPairs({ maxAwayPerSource: 2 });
  const another = create('198.51.100.1');
  await another.leave();
  const [first, second] = [create('192.0.2.1'), create('192.0.2.1')];
  await first.leave();
  await second.leave();
  const third = create('192.0.2.1');
  expect([another, first, second, third].map(({ host }) => host.readyState)).toEqual([OPEN, CLOSING, OPEN, OPEN]);
  expect(pairs.size).toBe(3);
});

test('an end that comes back in the last moment: the other gets time to come back, too', async () => {
  const state = new MemoryState();
  const clock = { now: 0 };
  const pairs = new Pairs(state, new Sockets(state), { limits: RELAY_LIMITS, now: () => clock.now });
  pairs.create();
  const [, host] = state.getWebSockets() as [RelaySocket, RelaySocket];
  const link = stateOf(host);
  if (link?.role !== 'link') throw new Error('a host has a link');
  await pairs.closed(host, { ...link, hasSpoken: true }, 1006);
  const { resumeGrace, unansweredGrace } = RELAY_LIMITS;
  clock.now = resumeGrace - 1;
  pairs.rejoin(link.pair, 'host', 0);
  clock.now += unansweredGrace - 1;
  pairs.expire();
  expect(pairs.size).toBe(1);
  clock.now += 1;
  pairs.expire();
  expect(pairs.size).toBe(0);
});

test('Security: an end that comes back without end, and answers no Close, gathers no sockets without end', () => {
  const { pairs, create } = openPairs({ maxClosing: 3 });
  const link = stateOf(create().visitor);
  if (link?.role !== 'link') throw new Error('a visitor has a link');
  const { pair } = link;
  for (let times = 0; times < 3; times += 1) {
    expect(pairs.isCrowded(pair, 'visitor')).toBe(false);
    pairs.rejoin(pair, 'visitor', 0);
  }
  expect(pairs.isCrowded(pair, 'visitor')).toBe(true);
  expect(pairs.isCrowded(pair, 'host')).toBe(false);
});

test('the late Close of a replaced host does not affect visitors waiting for its successor', async () => {
  // Node's own accepts no status 101.
  vi.stubGlobal(
    'Response',
    class {
      readonly status: number;
      constructor(_body: unknown, { status }: { readonly status: number }) {
        this.status = status;
      }
    },
  );
  const state = new MemoryState();
  const object = new RelayObject(state, undefined);
  const ask = (errand: Errand): Promise<Response> => object.fetch(requestFor({ name: 'tab', errand, headers: {} }));
  await ask({ kind: 'host', sshPort: 443 });
  const [old] = state.getWebSockets() as [RelaySocket];
  old.close();
  await ask({ kind: 'host', sshPort: 443 });
  let isAnswered = false;
  const answer = ask({ kind: 'visit', peer: {} }).then(({ status }) => {
    isAnswered = true;
    return status;
  });
  await object.webSocketClose(old, 1001);
  await new Promise(setImmediate);
  expect(isAnswered).toBe(false);
  const [, current] = state.getWebSockets() as [RelaySocket, RelaySocket];
  current.close();
  await object.webSocketClose(current, 1001);
  expect(await answer).toBe(503);
});
