/** Sends every number to a role in a phase, and checks what happens against the table of reactions. */
import type { Phase, Role } from '../../packages/core/src/transport/gate.js';
import { readUint32 } from './bytes.js';
import { expectedReaction, type Reaction } from './gate-expected.js';
import { stageClient, stageServer, type Reached } from './gate-states.js';
import type { RawEnd } from './raw-end.js';
import { eventually, settle, turn } from './subject.js';
import { memory, type Carrier, type Delivery } from './wire.js';

/** Concurrent connections: over a network each waits most of the time. */
const AT_ONCE = 16;

/** SSH_MSG_DISCONNECT: an end with nothing to say about what came before it closes without a word. */
const BYE = Uint8Array.of(1, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0);

async function deliver(end: RawEnd, payload: Uint8Array, delivery: Delivery): Promise<void> {
  const packet = end.seal(payload);
  if (delivery !== 'byte by byte') return end.raw(packet);
  for (let index = 0; index < packet.length; index += 1) {
    end.raw(packet.subarray(index, index + 1));
    await turn();
  }
}

/** What comes first after `from` messages. */
function firstOf(end: RawEnd, from: number, sequenceNumber: number): Reaction | undefined {
  const first = end.received[from];
  if (first === undefined) return end.end === 'closed' ? 'closed' : undefined;
  if (first[0] === 1) return `disconnect ${readUint32(first, 1)}`;
  if (first[0] !== 3) return `answer ${first[0]!}`;
  if (end.transport.exchanges > 0 && readUint32(first, 1) !== sequenceNumber) throw new Error('another number');
  return 'unimplemented';
}

/** The outcome of the proof alone. An end that has obeyed NEWKEYS cannot read it. */
function isSilence(number: number, reaction: Reaction): boolean {
  return number === 21 ? reaction === 'disconnect 5' : number !== 1 && reaction === 'closed';
}

/** Sends a message and sees what comes first. A silent connection is sent the proof. */
async function react({ end, content }: Reached, number: number, wanted: Reaction, delivery: Delivery) {
  const from = end.received.length;
  const { sequenceNumber } = end.transport.sealer;
  const first = (): Reaction | undefined => firstOf(end, from, sequenceNumber);
  await deliver(end, content(number), delivery);
  if (wanted === 'silence') {
    await settle();
    if (first() === undefined) end.send(BYE);
  }
  await eventually(() => first() !== undefined, 'a reaction').catch(() => undefined);
  const reaction = first() ?? 'silence';
  if (reaction.startsWith('disconnect')) await eventually(() => end.isClosed, 'the end');
  if (end.afterEnd > 0) throw new Error(`${end.afterEnd} bytes after DISCONNECT`);
  return isSilence(number, reaction) ? 'silence' : reaction;
}

/** After UNIMPLEMENTED the next number follows on the same connection. @returns the numbers with a different reaction. */
export async function sendAll(
  role: Role,
  phase: Phase,
  strict: boolean,
  carrier: Carrier = memory,
  delivery: Delivery = 'as sent',
): Promise<string[]> {
  const stage = await (role === 'server' ? stageServer : stageClient)(phase, strict, carrier);
  const wrong: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    let reached: Reached | undefined;
    for (let number = next++; number < 256; number = next++) {
      reached ??= await stage.reach();
      const wanted = expectedReaction(role, phase, strict, number);
      const reaction = await react(reached, number, wanted, delivery);
      if (reaction !== wanted) wrong.push(`${number}: ${reaction}, expected ${wanted}`);
      if (reaction === 'unimplemented') continue;
      await reached.close();
      reached = undefined;
    }
    await reached?.close();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await stage.close();
  return wrong;
}
