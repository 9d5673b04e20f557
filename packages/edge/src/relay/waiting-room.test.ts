import { expect, test } from 'vitest';
import { ManualClock } from '@nacre/core/testing';
import { RELAY_LIMITS } from './limits.js';
import { WaitingRoom } from './waiting-room.js';

function room(limits = {}): { readonly clock: ManualClock; readonly room: WaitingRoom<string> } {
  const clock = new ManualClock();
  return { clock, room: new WaitingRoom({ ...RELAY_LIMITS, linkTimeout: 1_000, ...limits }, clock) };
}

test('a ticket is good for one link', async () => {
  const { room: waiting } = room();
  const { ticket, outcome } = waiting.admit('192.0.2.1');
  expect(waiting.take('another')).toBeUndefined();
  waiting.take(ticket)?.answer('link');
  expect(await outcome).toEqual({ how: 'linked', link: 'link' });
  expect(waiting.take(ticket)).toBeUndefined();
});

test('tickets are unlike each other, and have 256 bits', () => {
  const { room: waiting } = room();
  const [first, second] = [waiting.admit(undefined), waiting.admit(undefined)];
  expect(first.ticket).toMatch(/^[\w-]{43}$/);
  expect(second.ticket).not.toBe(first.ticket);
});

test('who waits for too long is told, and the ticket is void', async () => {
  const { clock, room: waiting } = room();
  const { ticket, outcome } = waiting.admit(undefined);
  clock.advance(1_000);
  expect(await outcome).toEqual({ how: 'late' });
  expect(waiting.take(ticket)).toBeUndefined();
});

test('where the host has left all are told', async () => {
  const { room: waiting } = room();
  const outcomes = [waiting.admit('192.0.2.1'), waiting.admit('192.0.2.2')].map(({ outcome }) => outcome);
  waiting.evict();
  expect(await Promise.all(outcomes)).toEqual([{ how: 'left' }, { how: 'left' }]);
});

test.each([
  ['of one address', { maxWaitingPerSource: 2 }, 429],
  ['in all', { maxWaiting: 2 }, 503],
  ['with those that are served', { maxLinks: 5 }, 503],
])('no more may wait than there are places %s', (_places, limits, status) => {
  const { room: waiting } = room(limits);
  waiting.admit('192.0.2.1');
  expect(waiting.refusal('192.0.2.1', 3)).toBeUndefined();
  const { ticket } = waiting.admit('192.0.2.1');
  expect(waiting.refusal('192.0.2.1', 3)).toMatchObject({ status });
  waiting.take(ticket);
  expect(waiting.refusal('192.0.2.1', 3)).toBeUndefined();
});

test('an address that nobody vouches for is nobody’s', () => {
  const { room: waiting } = room({ maxWaitingPerSource: 1 });
  waiting.admit(undefined);
  expect(waiting.refusal(undefined, 0)).toBeUndefined();
});
