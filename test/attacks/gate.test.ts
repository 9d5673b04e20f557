/** The gate's table compared with one of its own, and then live: each number sent to each role in each phase. */
import { describe, expect, test } from 'vitest';
import { gate, type Role } from '../../packages/core/src/transport/gate.js';
import { expectedVerdict, phases, UNIT_PHASES } from './gate-expected.js';
import { sendAll } from './gate-live.js';

const numbers = Array.from({ length: 256 }, (_value, number) => number);
const roles: readonly Role[] = ['server', 'client'];

test.each(roles)('%s: the table, every phase, every number, strict or not', (role) => {
  const wrong: string[] = [];
  for (const phase of phases) {
    for (const strict of [false, true]) {
      for (const number of numbers) {
        const verdict = gate(role, phase, strict, number);
        const wanted = expectedVerdict(role, phase, strict, number);
        if (verdict !== wanted) wrong.push(`${phase} strict=${strict} ${number}: ${verdict}, expected ${wanted}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

/**
 * `thorough/gate.test.ts` has the other phases, and those of the first exchange without strictness. `test/interop/gate-lenient.test.ts`
 * has the phases in which it must not matter once more, `gate-network.test.ts` all of them, strict and not, over sockets.
 */
describe.each(roles)('%s under test', (role) => {
  test.each(UNIT_PHASES)('strict, %s: every number has its reaction', async (phase) => {
    expect(await sendAll(role, phase, true)).toEqual([]);
  });
});
