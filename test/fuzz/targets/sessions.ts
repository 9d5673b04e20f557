/** Whole sessions, and the layers of them behind a legal beginning: lists of decrypted messages, given to one role of ours. */
import { ClientSubject, type ClientSubjectOptions } from '../client-subject.js';
import { clientExchange, NONE_REQUEST, record, serverExchange, SERVICE_REQUEST } from '../legal.js';
import { ServerSubject, type ServerSubjectOptions } from '../server-subject.js';
import { act, decodeSteps, encodeSteps, stepsShape, type Step } from '../steps.js';
import type { Target } from '../target.js';

/** What clients do in the sessions that are recorded: nothing more, a rekey, a command, a shell, a subsystem. */
const ACTS: readonly (readonly number[])[] = [[], [2], [3], [4], [5, 2, 3]];

async function recordings(role: 'client' | 'server', admits: boolean): Promise<readonly (readonly Step[])[]> {
  const sessions = await Promise.all(ACTS.map((acts) => record({ admits, acts })));
  return sessions.map((session) => session[role]);
}

/** A server gets the steps behind `before`, which no mutation touches. */
function serverTarget(name: string, before: readonly Step[], options: ServerSubjectOptions): Target {
  return {
    name,
    shape: stepsShape(),
    seeds: async () => {
      // Also what only those may send who are let in.
      const sessions = [...(await recordings('client', true)), ...(await recordings('client', false))];
      const own = sessions.map((steps) => steps.slice(before.length));
      // In the middle of every session the connection goes through a snapshot.
      const moved = own.map((steps) => steps.toSpliced(steps.length >> 1, 0, act(5)));
      return [...own, ...moved].map(encodeSteps);
    },
    run: async (input) => {
      const subject = await new ServerSubject(options).start();
      await subject.take(before);
      await subject.take(decodeSteps(input));
      await subject.finish();
    },
  };
}

function clientTarget(name: string, before: readonly Step[], options: ClientSubjectOptions): Target {
  return {
    name,
    shape: stepsShape(),
    seeds: async () => {
      const sessions = await recordings('server', true);
      return sessions.map((steps) => encodeSteps([act(3), act(4), ...steps.slice(before.length)]));
    },
    run: async (input) => {
      const subject = await new ClientSubject(options).start();
      await subject.take(before);
      await subject.take(decodeSteps(input));
      await subject.finish();
    },
  };
}

export const sessionTargets: readonly Target[] = [
  serverTarget('server', [], { admits: false }),
  serverTarget('userauth', [...clientExchange, SERVICE_REQUEST], { admits: false }),
  serverTarget('connection', [...clientExchange, SERVICE_REQUEST, NONE_REQUEST], { admits: true }),
  clientTarget('client', [], { trusts: true }),
  clientTarget('client-connection', serverExchange, { trusts: true }),
  clientTarget('client-wary', [], { trusts: false }),
];
