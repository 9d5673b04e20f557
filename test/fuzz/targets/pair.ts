/** A client and a server of ours with an attacker between them who reads and changes every message, to which both respond. */
import { ClientSubject } from '../client-subject.js';
import { record, type Recording } from '../legal.js';
import { ServerSubject } from '../server-subject.js';
import { act, decodeSteps, encodeSteps, stepsShape, type Step } from '../steps.js';
import { frame } from '../stream.js';
import { turn } from '../subject.js';
import type { Target } from '../target.js';

/** What an `act` does to the current message; beyond these, the application of an end acts. */
const EDITS = ['pass', 'drop', 'double', 'hold', 'release'] as const;

/** One direction: the messages in transit, and the one that is held back. */
interface Way {
  readonly waiting: Uint8Array[];
  readonly to: ServerSubject | ClientSubject;
  held: Uint8Array | undefined;
}

/** Delivers what is in transit to either end, a message each, until nothing more comes. */
async function settle(ways: readonly Way[]): Promise<void> {
  for (let round = 0; round < 40 && ways.some(({ waiting }) => waiting.length > 0); round += 1) {
    for (const way of ways) {
      const next = way.waiting.shift();
      if (next !== undefined) way.to.stream.deliver(next, 0);
    }
    await turn();
  }
}

/** The step meets the message that is next on `way`. */
async function meddle(way: Way, step: Step): Promise<void> {
  const { waiting, to } = way;
  if ('bytes' in step) {
    // Inserted before the current message, as a packet or as it is.
    waiting.unshift(step.kind === 'message' ? frame(step.bytes) : step.bytes);
  } else if (step.kind !== 'act' || step.value % 16 >= EDITS.length) {
    await to.take([step]);
    return;
  } else {
    const next = waiting[0];
    switch (EDITS[step.value % 16]) {
      case 'drop':
        waiting.shift();
        break;
      case 'double':
        if (next !== undefined) waiting.unshift(next);
        break;
      case 'hold':
        way.held = waiting.shift() ?? way.held;
        break;
      case 'release':
        if (way.held !== undefined) waiting.unshift(way.held);
    }
  }
  const first = waiting.shift();
  if (first !== undefined) to.stream.deliver(first, 0);
  await turn();
}

/** Steps go to the two directions in turn. */
async function run(steps: readonly Step[]): Promise<void> {
  const server = new ServerSubject({ admits: true });
  const client = new ClientSubject({});
  const ways: readonly Way[] = [
    { waiting: [], to: server, held: undefined },
    { waiting: [], to: client, held: undefined },
  ];
  const join = (from: ServerSubject | ClientSubject, way: Way): void => {
    const { stream } = from;
    stream.onSent = (payload) => way.waiting.push(stream.sent.length === 0 ? payload : frame(payload));
  };
  join(client, ways[0]!);
  join(server, ways[1]!);
  await Promise.all([server.start(), client.start()]);
  for (const [index, step] of steps.entries()) {
    await meddle(ways[index % 2]!, step);
    server.check();
    client.check();
  }
  await settle(ways);
  await client.finish();
  await server.finish();
}

/** As many passes as a session has messages: each is a place for something else. */
function passes({ client }: Recording): Uint8Array {
  return encodeSteps(client.flatMap(() => [act(0), act(0)]));
}

export const pairTarget: Target = {
  name: 'pair',
  shape: stepsShape(),
  seeds: async () => {
    const session = await record({ acts: [2, 3] });
    const insertions = session.client.flatMap((step, index) => [step, session.server[index] ?? act(0)]);
    return [passes(session), encodeSteps(insertions.slice(0, 20))];
  },
  run: (input) => run(decodeSteps(input)),
};
