/** Every number sent to both roles in the phases after a first exchange that was not strict. */
import { describe, expect, test } from 'vitest';
import { FIRST_EXCHANGE, phases } from '../attacks/gate-expected.js';
import { sendAll } from '../attacks/gate-live.js';

const later = phases.filter((phase) => !FIRST_EXCHANGE.includes(phase));

describe.each(['server', 'client'] as const)('%s under test', (role) => {
  test.each(later)('not strict, %s: every number has its reaction', async (phase) => {
    expect(await sendAll(role, phase, false)).toEqual([]);
  });
});
