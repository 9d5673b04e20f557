/** Snapshots with changed bytes: they are refused in the documented way, or resume to what they say. */
import { SnapshotError, SshError } from '../../../packages/core/src/errors.js';
import { decodeSnapshot } from '../../../packages/core/src/engine/snapshot.js';
import { equalSnapshots } from '../equal-snapshots.js';
import { clientExchange, NONE_REQUEST, record, SERVICE_REQUEST } from '../legal.js';
import { ServerSubject } from '../server-subject.js';
import { bytesShape } from '../shapes.js';
import type { Step } from '../steps.js';
import { turn } from '../subject.js';
import { Finding, undocumented, type Target } from '../target.js';

/** A snapshot after every message of `steps` that allows one. */
async function snapshotsOf(steps: readonly Step[]): Promise<readonly Uint8Array[]> {
  const snapshots: Uint8Array[] = [];
  for (let length = 1; length <= steps.length; length += 1) {
    const subject = await new ServerSubject({ admits: true }).start();
    await subject.take(steps.slice(0, length));
    try {
      const snapshot = subject.connection?.snapshot();
      if (snapshot !== undefined) snapshots.push(snapshot.slice());
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
    }
  }
  return snapshots;
}

async function resume(subject: ServerSubject, input: Uint8Array): Promise<boolean> {
  let refusal: unknown;
  subject.resume(input.slice()).catch((error: unknown) => {
    refusal = error;
  });
  await turn();
  if (refusal !== undefined && !(refusal instanceof SnapshotError)) throw undocumented('resume', refusal);
  return refusal === undefined;
}

/** Bytes that nobody wrote may come out as what they mean: packets no larger than we send, texts without invalid UTF-8. */
const NORMALISED = ['remoteMaximumPacketSize', 'owner'];

export const snapshotTarget: Target = {
  name: 'snapshots',
  shape: bytesShape,
  seeds: async () => {
    const { client } = await record({ acts: [3, 5] });
    const before = [...clientExchange, SERVICE_REQUEST];
    return [...(await snapshotsOf([...before, NONE_REQUEST])), ...(await snapshotsOf(client))];
  },
  run: async (input) => {
    const subject = new ServerSubject({ admits: true });
    if (!(await resume(subject, input))) return;
    let again: Uint8Array | undefined;
    try {
      again = subject.connection?.snapshot();
    } catch (error) {
      if (!(error instanceof SshError)) throw undocumented('snapshot', error);
    }
    const difference = again && equalSnapshots(decodeSnapshot(input), decodeSnapshot(again), NORMALISED);
    if (difference !== undefined) throw new Finding(`resumes differently: ${difference}`, `${difference} is another`);
    await subject.finish();
  },
};
