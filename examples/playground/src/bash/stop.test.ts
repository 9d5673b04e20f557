import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Stop } from './stop.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function take(steps: number, stop: Stop): void {
  for (let step = 0; step < steps; step += 1) stop.step();
}

test('follows its cause until it is released', () => {
  const cause = new AbortController();
  const [followed, released] = [new Stop(cause.signal), new Stop(cause.signal)];
  released.release();
  cause.abort();
  expect(followed.signal.aborted).toBe(true);
  expect(released.signal.aborted).toBe(false);
  expect(new Stop(cause.signal).signal.aborted).toBe(true);
  followed.release();
});

test('a script that takes many steps without a turn for others is ended, though no clock moves', () => {
  const stop = new Stop(new AbortController().signal);
  take(29_999, stop);
  expect(stop.signal.aborted).toBe(false);
  take(1, stop);
  expect(stop.isOverdue).toBe(true);
  expect(stop.signal.aborted).toBe(true);
  stop.release();
});

test('also one that takes fewer, but long, and goes on', () => {
  const stop = new Stop(new AbortController().signal);
  take(1000, stop);
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 251);
  take(99, stop);
  expect(stop.isOverdue).toBe(false);
  take(1, stop);
  expect(stop.isOverdue).toBe(true);
  now.mockRestore();
  stop.release();
});

test('a few heavy steps are not, nor many with turns between, nor one whose machine stood still', () => {
  const stop = new Stop(new AbortController().signal);
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_000);
  take(99, stop);
  for (let round = 0; round < 10; round += 1) {
    vi.advanceTimersByTime(50);
    take(20_000, stop);
    now.mockReturnValue(performance.now() + 10_000);
    take(99, stop);
  }
  expect(stop.signal.aborted).toBe(false);
  now.mockRestore();
  stop.release();
});

test('no timer is left behind', () => {
  const stop = new Stop(new AbortController().signal);
  expect(vi.getTimerCount()).toBe(1);
  stop.release();
  expect(vi.getTimerCount()).toBe(0);
});
