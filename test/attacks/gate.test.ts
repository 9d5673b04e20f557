/** The gate's table against one of its own, and then for real: each number sent to each role in each phase. */
import { describe, expect, test } from 'vitest';
import { gate } from '../../packages/core/src/transport/gate.js';
import { expectedReaction, expectedVerdict, phases } from './gate-expected.js';
import { reachClient, reachServer, type Reached } from './gate-states.js';
import type { Phase, Role } from '../../packages/core/src/transport/gate.js';

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

/** Sends every number to a role in a phase. What changes nothing leaves the connection to the next number. */
async function sendAll(role: Role, phase: Phase, strict: boolean): Promise<string[]> {
  const wrong: string[] = [];
  const reach = role === 'server' ? reachServer : reachClient;
  let reached: Reached | undefined;
  for (const number of numbers) {
    reached ??= await reach(phase, strict);
    const reaction = await reached.send(number);
    const wanted = expectedReaction(role, phase, strict, number);
    if (reaction !== wanted) wrong.push(`${number}: ${reaction}, expected ${wanted}`);
    if (reaction === 'unimplemented' || (reaction === 'silence' && number <= 4)) continue;
    await reached.close();
    reached = undefined;
  }
  await reached?.close();
  return wrong;
}

describe.each(roles)('%s under test', (role) => {
  describe.each([true, false])('strict: %s', (strict) => {
    test.each(phases)('%s: every number has its reaction', async (phase) => {
      expect(await sendAll(role, phase, strict)).toEqual([]);
    });
  });
});
