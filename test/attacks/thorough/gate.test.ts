/** The gate live in the phases that the unit tests leave out, where most numbers cost a connection, and without strictness. */
import { describe, expect, test } from 'vitest';
import { FIRST_EXCHANGE, phases, UNIT_PHASES } from '../gate-expected.js';
import { sendAll } from '../gate-live.js';

describe.each(['server', 'client'] as const)('%s under test', (role) => {
  test.each(phases.filter((phase) => !UNIT_PHASES.includes(phase)))(
    'strict, %s: every number has its reaction',
    async (phase) => {
      expect(await sendAll(role, phase, true)).toEqual([]);
    },
  );

  test.each(FIRST_EXCHANGE)('not strict, %s: every number has its reaction', async (phase) => {
    expect(await sendAll(role, phase, false)).toEqual([]);
  });
});
