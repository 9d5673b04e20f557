/** What the first runs found, in words: cases of bytes lose their meaning when a layout changes, these do not. */
import { expect, test } from 'vitest';
import { SnapshotError } from '../../packages/core/src/errors.js';
import { decodeSnapshot, encodeSnapshot, type SnapshotContent } from '../../packages/core/src/engine/snapshot.js';
import { ClientSubject } from './client-subject.js';
import { concatenate, string, uint32 } from './bytes.js';
import { clientExchange, NONE_REQUEST, serverExchange, SERVICE_REQUEST } from './legal.js';
import { ServerSubject } from './server-subject.js';
import { act, message } from './steps.js';

const login = [...clientExchange, SERVICE_REQUEST, NONE_REQUEST];
const [STALL, DRAIN, REKEY, DISCONNECT] = [act(0), act(1), act(2), act(7)];

test.each([
  ['server', () => new ServerSubject({ admits: true }), login],
  ['client', () => new ClientSubject({}), serverExchange],
] as const)(
  'RFC 4253 §11.1: a %s asked for a rekey behind its DISCONNECT says nothing',
  async (_role, create, steps) => {
    const subject = await create().start();
    await subject.take([...steps, STALL, DISCONNECT, REKEY, DRAIN]);
    expect(subject.stream.sent.at(-1)?.[0]).toBe(1);
    await subject.finish();
  },
);

test('RFC 4254 §5.1: a channel confirmed with packets of zero bytes ends in an error for whoever opened it', async () => {
  const subject = await new ClientSubject({}).start();
  const accept = message(concatenate(Uint8Array.of(6), string('ssh-userauth')));
  const confirm = message(concatenate(Uint8Array.of(91), uint32(0), uint32(0), uint32(100), uint32(0)));
  await subject.take([...serverExchange, accept, message(Uint8Array.of(52)), confirm]);
  expect(subject.stream.sent.at(-1)?.[0]).toBe(1);
  // It reports what never settles.
  await subject.finish();
});

test.each([
  ['application', { application: Uint8Array.of(1, 2, 3) }],
  ['progress', { progress: 'beyond' }],
  ['connection', { connection: new Uint8Array(32) }],
] as const satisfies readonly (readonly [string, Partial<SnapshotContent>])[])(
  'a snapshot with another %s is refused as one',
  async (_field, change) => {
    const subject = await new ServerSubject({ admits: true }).start();
    await subject.take(login);
    const snapshot = decodeSnapshot(subject.connection!.snapshot());
    await expect(subject.resume(encodeSnapshot({ ...snapshot, ...change }))).rejects.toThrow(SnapshotError);
  },
);
