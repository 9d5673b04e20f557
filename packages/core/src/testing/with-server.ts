/** Runs a function while a test server is up, within a time limit. */
import { systemClock } from '../driver.js';
import { TimeoutError } from '../errors.js';
import { createTestServer, type TestServer, type TestServerOptions } from './test-server.js';

export interface WithServerOptions extends TestServerOptions {
  /** Time limit of the function, in ms; 10 s by default. */
  readonly timeout?: number;
  /** How long sessions may take after that before they are ended, in ms; 3 s by default. */
  readonly killTimeout?: number;
}

const TIMEOUT = 10_000;
const KILL_TIMEOUT = 3000;

/**
 * The server is always cleaned up, however `test` ends; `signal` aborts when its time is over.
 * @returns what `test` returns. @throws what it throws, or TimeoutError with the timeline in it.
 */
export async function withServer<T>(
  options: WithServerOptions,
  test: (server: TestServer, signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const { timeout = TIMEOUT, killTimeout = KILL_TIMEOUT } = options;
  const clock = options.server?.clock ?? systemClock;
  const under = await createTestServer(options);
  const time = new AbortController();
  let cancel: () => void = () => undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    cancel = clock.schedule(() => {
      const error = new TimeoutError(`the test took longer than ${timeout} ms:\n${under.printTimeline()}`);
      time.abort(error);
      reject(error);
    }, timeout);
  });
  try {
    return await Promise.race([test(under, time.signal), expired]);
  } finally {
    cancel();
    await under.close(killTimeout);
  }
}
