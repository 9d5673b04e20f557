/** A session that is over before its program begins. */
import { expect, test } from 'vitest';
import type { Session } from '@nacre/core';
import { runProcess } from './run-process.js';

test('nothing is run for a client that has left: the status is that of a program that could not be started', async () => {
  const connection = { peer: {}, restrictions: { environment: {} } };
  const session = { user: 'demo', env: new Map(), connection, closed: AbortSignal.abort() } as unknown as Session;
  expect(await runProcess(session, process.execPath, ['-e', 'process.exit(3)'])).toBe(127);
});
