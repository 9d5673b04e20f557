/** Sends every number to a role in a phase, and holds what happens against the table of reactions. */
import type { Phase, Role } from '../../packages/core/src/transport/gate.js';
import { expectedReaction } from './gate-expected.js';
import { reachClient, reachServer, type Reached } from './gate-states.js';

/** What changes nothing leaves the connection to the next number. @returns the numbers whose reaction is another. */
export async function sendAll(role: Role, phase: Phase, strict: boolean): Promise<string[]> {
  const wrong: string[] = [];
  const reach = role === 'server' ? reachServer : reachClient;
  let reached: Reached | undefined;
  for (let number = 0; number < 256; number += 1) {
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
