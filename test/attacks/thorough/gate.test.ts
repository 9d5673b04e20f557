/** The gate live during a rekey, where each number sent to each role costs a connection that has logged in, and without strictness. */
import { describe, expect, test } from 'vitest';
import { FIRST_EXCHANGE, phases } from '../gate-expected.js';
import { sendAll } from '../gate-live.js';

describe.each(['server', 'client'] as const)('%s under test', (role) => {
  test.each(phases.filter((phase) => phase.startsWith('rekey-')))(
    'strict, %s: every number has its reaction',
    async (phase) => {
      expect(await sendAll(role, phase, true)).toEqual([]);
    },
  );

  test.each(FIRST_EXCHANGE)('not strict, %s: every number has its reaction', async (phase) => {
    expect(await sendAll(role, phase, false)).toEqual([]);
  });
});
