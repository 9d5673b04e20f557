/** A caller can stop waiting for a server: a deadline for the login, and a signal at any time. */
import { expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { ConnectionClosedError, TimeoutError } from '../errors.js';
import { ManualClock, memoryLinks, pair } from '../testing/index.js';
import { connect } from './client.js';
import { acceptAnyHostKey } from './options.js';

const verifyHostKey = acceptAnyHostKey(() => undefined);

test('a server that says nothing is given up at the deadline, and not before', async () => {
  const clock = new ManualClock();
  const [near] = memoryLinks();
  let outcome: unknown = 'waiting';
  // Without a provider, the clock would move before one has been loaded.
  const login = connect(near, { user: 'test', verifyHostKey, clock, timeout: 3000, crypto: noble }).catch(
    (error: unknown) => {
      outcome = error;
    },
  );
  clock.advance(2999);
  await Promise.resolve();
  expect(outcome).toBe('waiting');
  clock.advance(1);
  await login;
  expect(outcome).toBeInstanceOf(TimeoutError);
});

test('a signal ends a login that is under way', async () => {
  const [near] = memoryLinks();
  const stop = new AbortController();
  const login = connect(near, { user: 'test', verifyHostKey, signal: stop.signal });
  stop.abort();
  await expect(login).rejects.toThrow(ConnectionClosedError);
});

test('a signal that has been given already lets nothing begin', async () => {
  const [near] = memoryLinks();
  const login = connect(near, { user: 'test', verifyHostKey, signal: AbortSignal.abort() });
  await expect(login).rejects.toThrow(ConnectionClosedError);
});

test('a signal ends a connection that is there', async () => {
  const stop = new AbortController();
  const { client } = await pair({ client: { signal: stop.signal } });
  stop.abort();
  expect(await client.closed).toBeUndefined();
});
