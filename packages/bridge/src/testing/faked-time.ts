/** Test support: the clock of `vi`, where real sockets need turns of the event loop in between. */
import { onTestFinished, vi } from 'vitest';

const SECOND = 1_000;
const TURNS = 20;

export function fakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Whether `work` settles before so many seconds of the faked time have passed. */
export async function settlesWithin(seconds: number, work: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  work.then(settle, settle);
  for (let passed = 0; passed < seconds && !isSettled; passed++) {
    await vi.advanceTimersByTimeAsync(SECOND);
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return isSettled;
}
