/** The gate live during a rekey: each number sent to each role costs a connection that has logged in. */
import { describe, expect, test } from 'vitest';
import { phases } from '../gate-expected.js';
import { sendAll } from '../gate-live.js';

describe.each(['server', 'client'] as const)('%s under test', (role) => {
  test.each(phases.filter((phase) => phase.startsWith('rekey-')))(
    'strict, %s: every number has its reaction',
    async (phase) => {
      expect(await sendAll(role, phase, true)).toEqual([]);
    },
  );
});
