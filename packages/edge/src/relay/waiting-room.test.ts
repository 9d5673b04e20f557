import { expect, test } from 'vitest';
import { ManualClock } from '@nacre/core/testing';
import { RELAY_LIMITS } from './limits.js';
import { WaitingRoom, type Outcome } from './waiting-room.js';

function room(limits = {}): { readonly clock: ManualClock; readonly room: WaitingRoom<string> } {
  const clock = new ManualClock();
  return { clock, room: new WaitingRoom({ ...RELAY_LIMITS, linkTimeout: 1_000, ...limits }, clock) };
}

/** A visitor that waits; `ticket` is undefined until the host is told of it. */
class Visitor {
  ticket: string | undefined;
  readonly outcome: Promise<Outcome<string>>;

  constructor(waiting: WaitingRoom<string>, source?: string) {
    this.outcome = waiting.admit(source, (ticket) => (this.ticket = ticket));
  }
}

test('a ticket is good for one link', async () => {
  const { room: waiting } = room();
  const { ticket = '', outcome } = new Visitor(waiting, '192.0.2.1');
  expect(waiting.take('another')).toBeUndefined();
  waiting.take(ticket)?.answer('link');
  expect(await outcome).toEqual({ how: 'linked', link: 'link' });
  expect(waiting.take(ticket)).toBeUndefined();
});

test('tickets are unlike each other, and have 256 bits', () => {
  const { room: waiting } = room();
  const [first, second] = [new Visitor(waiting), new Visitor(waiting)];
  expect(first.ticket).toMatch(/^[\w-]{43}$/);
  expect(second.ticket).not.toBe(first.ticket);
});

test('a visitor that waits too long is told, and its ticket is void', async () => {
  const { clock, room: waiting } = room();
  const { ticket = '', outcome } = new Visitor(waiting);
  clock.advance(1_000);
  expect(await outcome).toEqual({ how: 'late' });
  expect(waiting.take(ticket)).toBeUndefined();
});

test('if the host has left, all visitors are told', async () => {
  const { room: waiting } = room({ maxUnanswered: 1 });
  const visitors = ['192.0.2.1', '192.0.2.2'].map((address) => new Visitor(waiting, address));
  waiting.evict();
  expect(await Promise.all(visitors.map(({ outcome }) => outcome))).toEqual([{ how: 'left' }, { how: 'left' }]);
  expect(visitors[1]?.ticket).toBeUndefined();
});

test('the host is told of so many at once; then sources take turns, and the host is late only for those it was told of at once', async () => {
  const { clock, room: waiting } = room({ maxUnanswered: 2 });
  const [first, second, third, other, last] = ['1', '1', '1', '2', '1'].map((source) => new Visitor(waiting, source));
  const announced = () => [first, second, third, other, last].map((visitor) => visitor?.ticket !== undefined);
  expect(announced()).toEqual([true, true, false, false, false]);
  waiting.take(first?.ticket ?? '')?.answer('link');
  expect(announced()).toEqual([true, true, true, false, false]);
  waiting.take(second?.ticket ?? '')?.answer('link');
  expect(announced()).toEqual([true, true, true, true, false]);
  clock.advance(1_000);
  expect(await Promise.all([third, other, last].map((visitor) => visitor?.outcome))).toEqual([
    { how: 'crowded' },
    { how: 'crowded' },
    { how: 'crowded' },
  ]);
});

test('Security: if all places are taken, the source with the most makes room for others', async () => {
  const { room: waiting } = room({ maxWaiting: 4, maxUnanswered: 1 });
  const [first, , last] = ['1', '1', '1', '2'].map((source) => new Visitor(waiting, source));
  expect(waiting.refusal('2', 0)).toMatchObject({ status: 503 });
  expect(waiting.refusal('3', 0)).toBeUndefined();
  void new Visitor(waiting, '3');
  expect(await last?.outcome).toEqual({ how: 'crowded' });
  expect(waiting.refusal('4', 0)).toMatchObject({ status: 503 });
  expect(waiting.take(first?.ticket ?? '')).toBeDefined();
});

test.each([
  ['of one address', { maxWaitingPerSource: 2 }, 429],
  ['in all', { maxWaiting: 2 }, 503],
  ['with those that are served', { maxLinks: 5 }, 503],
])('no more may wait than there are places %s', (_places, limits, status) => {
  const { room: waiting } = room(limits);
  void new Visitor(waiting, '192.0.2.1');
  expect(waiting.refusal('192.0.2.1', 3)).toBeUndefined();
  const { ticket = '' } = new Visitor(waiting, '192.0.2.1');
  expect(waiting.refusal('192.0.2.1', 3)).toMatchObject({ status });
  waiting.take(ticket);
  expect(waiting.refusal('192.0.2.1', 3)).toBeUndefined();
});

test('an unverified address is not counted', () => {
  const { room: waiting } = room({ maxWaitingPerSource: 1 });
  void new Visitor(waiting);
  expect(waiting.refusal(undefined, 0)).toBeUndefined();
});
