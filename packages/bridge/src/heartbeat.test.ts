/** Pings: a silent peer is dead, unless it is we who do not listen. */
import { EventEmitter } from 'node:events';
import { beforeEach, afterEach, expect, test, vi } from 'vitest';
import { keepBeating } from './heartbeat.js';
import type { StreamLink } from './websocket/link.js';

class QuietLink extends EventEmitter implements StreamLink {
  readonly readyState = 1;
  readonly bufferedAmount = 0;
  isPaused = false;
  pings = 0;
  ping(): void {
    this.pings += 1;
  }
  pong(): void {}
  send(): void {}
  close(): void {}
  terminate(): void {}
  pause(): void {}
  resume(): void {}
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function beating(): { readonly link: QuietLink; readonly onDead: ReturnType<typeof vi.fn<() => void>> } {
  const link = new QuietLink();
  const onDead = vi.fn<() => void>();
  keepBeating(link, 25_000, 20_000, onDead);
  return { link, onDead };
}

test('a ping every interval; without an answer it is dead after the timeout, and not before', () => {
  const { link, onDead } = beating();
  vi.advanceTimersByTime(44_999);
  expect([link.pings, onDead.mock.calls.length]).toEqual([1, 0]);
  vi.advanceTimersByTime(1);
  expect(onDead).toHaveBeenCalledTimes(1);
});

test.each(['pong', 'message'])('a %s says that it lives', (event) => {
  const { link, onDead } = beating();
  for (let beat = 0; beat < 5; beat++) {
    vi.advanceTimersByTime(25_000);
    link.emit(event, Buffer.alloc(0), true);
  }
  expect([link.pings, onDead.mock.calls.length]).toEqual([5, 0]);
});

test('a link that we have paused is not judged; once it is not any more, the next ping is', () => {
  const { link, onDead } = beating();
  link.isPaused = true;
  vi.advanceTimersByTime(300_000);
  expect(onDead).not.toHaveBeenCalled();
  link.isPaused = false;
  vi.advanceTimersByTime(45_000);
  expect(onDead).toHaveBeenCalled();
});

test('a closed link is neither pinged nor judged', () => {
  const { link, onDead } = beating();
  vi.advanceTimersByTime(25_000);
  link.emit('close', 1006, Buffer.alloc(0));
  vi.advanceTimersByTime(300_000);
  expect([link.pings, onDead.mock.calls.length]).toEqual([1, 0]);
});
