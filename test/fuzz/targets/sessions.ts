/** Whole sessions, and their layers after a legal beginning: lists of decrypted messages, given to one role of ours. */
import { ClientSubject, type ClientSubjectOptions } from '../client-subject.js';
import { clientExchange, NONE_REQUEST, record, serverExchange, SERVICE_REQUEST } from '../legal.js';
import { ServerSubject, type ServerSubjectOptions } from '../server-subject.js';
import { act, decodeSteps, encodeSteps, stepsShape, type Step } from '../steps.js';
import { Finding, type Target } from '../target.js';

/** What clients do in the sessions that are recorded: nothing more, a rekey, a command, a shell, a subsystem. */
const ACTS: readonly (readonly number[])[] = [[], [2], [3], [4], [5, 2, 3]];

async function recordings(role: 'client' | 'server', admits: boolean): Promise<readonly (readonly Step[])[]> {
  const sessions = await Promise.all(ACTS.map((acts) => record({ admits, acts })));
  return sessions.map((session) => session[role]);
}

/** A session whose steps are a multiple of this is played again, byte by byte: only the bytes may matter, not how they arrive. */
const REPEATED = 8;

async function play(create: () => ServerSubject | ClientSubject, steps: readonly Step[]): Promise<void> {
  const asTold = await sentIn(create(), steps);
  if (steps.length % REPEATED !== 0) return;
  const uncut = steps.filter(({ kind }) => kind !== 'chunk');
  const whole = uncut.length === steps.length ? asTold : await sentIn(create(), uncut);
  const single = await sentIn(create(), [{ kind: 'chunk', value: 1 }, ...uncut]);
  const at = whole.findIndex((sent, index) => sent !== single[index]);
  if (at >= 0 || whole.length !== single.length)
    throw new Finding(
      'chunks matter',
      `byte by byte ${single[at] ?? single.length} is sent, and not ${whole[at] ?? whole.length}`,
    );
}

/** What the subject sent in a session, message by message. */
async function sentIn(subject: ServerSubject | ClientSubject, steps: readonly Step[]): Promise<readonly string[]> {
  const sent: string[] = [];
  const { watch } = subject.stream;
  subject.stream.watch = (payload) => {
    sent.push(Buffer.from(payload).toString('hex'));
    watch(payload);
  };
  await subject.start();
  await subject.take(steps);
  await subject.finish();
  return sent;
}

/** A server gets the steps after `before`, which no mutation touches. */
function serverTarget(name: string, before: readonly Step[], options: ServerSubjectOptions): Target {
  return {
    name,
    shape: stepsShape(),
    seeds: async () => {
      // Including what only authenticated peers may send.
      const sessions = [...(await recordings('client', true)), ...(await recordings('client', false))];
      const own = sessions.map((steps) => steps.slice(before.length));
      // In the middle of every session the connection goes through a snapshot.
      const moved = own.map((steps) => steps.toSpliced(steps.length >> 1, 0, act(5)));
      return [...own, ...moved].map(encodeSteps);
    },
    run: (input) => play(() => new ServerSubject(options), [...before, ...decodeSteps(input)]),
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
    run: (input) => play(() => new ClientSubject(options), [...before, ...decodeSteps(input)]),
  };
}

export const sessionTargets: readonly Target[] = [
  serverTarget('server', [], { admits: false }),
  serverTarget('userauth', [...clientExchange, SERVICE_REQUEST], { admits: false }),
  serverTarget('connection', [...clientExchange, SERVICE_REQUEST, NONE_REQUEST], { admits: true }),
  clientTarget('client', [], {}),
  clientTarget('client-connection', serverExchange, {}),
  clientTarget('client-deceived', [], { distrusts: 'signatures' }),
  clientTarget('client-wary', [], { distrusts: 'key' }),
];
