/** What is kept for a peer, by stream positions. Its memory is reused, but never while somebody may still read it. */
import { expect, test } from 'vitest';
import { playSession, type PlayedSession } from '../testing/played-session.js';
import { randomPayload } from '../testing/sockets.js';
import { encodeAck, encodeData, encodeLongArrays, LONG_ARRAY_LENGTH } from './commands.js';
import { ReplayBuffer } from './replay-buffer.js';

const KIB = 1024;
const array = (byte: number): Uint8Array => new Uint8Array(LONG_ARRAY_LENGTH).fill(byte);

/** A session whose link has carried one long array, and sends nothing by itself: it shows what would be sent. */
function sessionOn(bufferedAmount: number, sendCopies = false): PlayedSession {
  const played = playSession({ bufferedAmount, sendCopies }, {}, { schedule: () => () => undefined });
  played.peer.message(encodeLongArrays());
  played.stream.data(array(0));
  played.peer.message(encodeAck(LONG_ARRAY_LENGTH));
  played.link.sent.length = 0;
  return played;
}

test('positions of the replay buffer are those of the stream, wherever it is cut', () => {
  const buffer = new ReplayBuffer();
  const payload = randomPayload(200 * KIB);
  for (let offset = 0; offset < payload.length; offset += 70 * KIB)
    buffer.append([payload.subarray(offset, offset + 70 * KIB)], LONG_ARRAY_LENGTH);
  for (const position of [0, 1, 70 * KIB, 70 * KIB + 1, 199 * KIB, 200 * KIB]) {
    buffer.acknowledge(position, true);
    const held = Buffer.concat(buffer.replay(LONG_ARRAY_LENGTH).map((command) => command.subarray(6)));
    expect(held.equals(payload.subarray(position))).toBe(true);
    expect(buffer.length).toBe(payload.length - position);
  }
});

test('chunks that come together share a command, and go on in the next', () => {
  const buffer = new ReplayBuffer();
  const payload = randomPayload(50);
  const chunks = [payload.subarray(0, 7), payload.subarray(7, 7), payload.subarray(7, 31), payload.subarray(31)];
  expect(buffer.append(chunks, 20)).toEqual([
    encodeData(payload.subarray(0, 20)),
    encodeData(payload.subarray(20, 40)),
    encodeData(payload.subarray(40)),
  ]);
  expect(buffer.length).toBe(50);
});

test('what is sent again is cut to the length that the new link takes', () => {
  const buffer = new ReplayBuffer();
  const payload = randomPayload(100);
  buffer.append([payload], 60);
  buffer.acknowledge(5, true);
  expect(buffer.replay(30)).toEqual(
    [
      [5, 35],
      [35, 60],
      [60, 90],
      [90, 100],
    ].map(([start, end]) => encodeData(payload.subarray(start, end))),
  );
  expect(buffer.replay(60)).toEqual([encodeData(payload.subarray(5, 60)), encodeData(payload.subarray(60))]);
});

test('bytes written one at a time count with what each of them takes', () => {
  const buffer = new ReplayBuffer();
  for (let count = 0; count < 1000; count++) buffer.append([Buffer.of(count & 0xff)], KIB);
  expect(buffer.length).toBe(1000);
  expect(buffer.cost).toBeGreaterThan(100_000);
  buffer.acknowledge(1000, true);
  expect(buffer.cost).toBe(0);
});

test('a long command that was acknowledged gives its memory to the next one', () => {
  const buffer = new ReplayBuffer();
  const [first] = buffer.append([array(1)], LONG_ARRAY_LENGTH);
  buffer.acknowledge(LONG_ARRAY_LENGTH, true);
  const [second] = buffer.append([array(2)], LONG_ARRAY_LENGTH);
  expect(second?.buffer).toBe(first?.buffer);
  expect(second).toEqual(encodeData(array(2)));
  expect(buffer.replay(LONG_ARRAY_LENGTH)).toEqual([encodeData(array(2))]);
});

test('one that fills more than half of that memory takes it, one that does not has half as much, and a short one its own', () => {
  const buffer = new ReplayBuffer();
  const [first] = buffer.append([array(1)], LONG_ARRAY_LENGTH);
  buffer.acknowledge(LONG_ARRAY_LENGTH, true);
  const data = array(2).subarray(0, LONG_ARRAY_LENGTH / 2 + 1);
  const [half] = buffer.append([data.subarray(1)], LONG_ARRAY_LENGTH);
  expect(new ReplayBuffer().append([new Uint8Array(9)], LONG_ARRAY_LENGTH)[0]?.buffer).toHaveProperty('byteLength', 15);
  const [more] = buffer.append([data], LONG_ARRAY_LENGTH);
  expect(half?.buffer).toHaveProperty('byteLength', half?.length);
  expect(more?.buffer).toBe(first?.buffer);
  expect(more).toEqual(encodeData(data));
  buffer.acknowledge(LONG_ARRAY_LENGTH + 2 * data.length - 1, true);
  const [next] = buffer.append([array(3)], LONG_ARRAY_LENGTH);
  expect(next?.buffer).toBe(first?.buffer);
  expect(next).toEqual(encodeData(array(3)));
});

test('memory of at most 2 MiB is kept for later commands', () => {
  const buffer = new ReplayBuffer();
  const count = 12;
  const fill = (): (ArrayBuffer | undefined)[] =>
    Array.from({ length: count }, () => buffer.append([array(1)], LONG_ARRAY_LENGTH)[0]?.buffer);
  const first = fill();
  buffer.acknowledge(count * LONG_ARRAY_LENGTH, true);
  const again = fill().filter((memory) => first.includes(memory));
  expect(again.length * LONG_ARRAY_LENGTH).toBeLessThanOrEqual(2 * 1024 * KIB);
});

test('one that is acknowledged in part, or short, keeps its memory', () => {
  const buffer = new ReplayBuffer();
  const [long, short] = buffer.append([new Uint8Array(LONG_ARRAY_LENGTH + 10)], LONG_ARRAY_LENGTH);
  buffer.acknowledge(LONG_ARRAY_LENGTH - 1, true);
  const [other] = buffer.append([array(2)], LONG_ARRAY_LENGTH);
  expect(other?.buffer).not.toBe(long?.buffer);
  buffer.acknowledge(LONG_ARRAY_LENGTH + 10, false);
  const [another] = buffer.append([array(3)], LONG_ARRAY_LENGTH);
  expect(another?.buffer).not.toBe(short?.buffer);
});

test('one that was sent again keeps its memory, for it may still wait in the link before', () => {
  const buffer = new ReplayBuffer();
  const [first] = buffer.append([array(1)], LONG_ARRAY_LENGTH);
  buffer.replay(LONG_ARRAY_LENGTH);
  const [second] = buffer.append([array(2)], LONG_ARRAY_LENGTH);
  buffer.acknowledge(LONG_ARRAY_LENGTH, true);
  const [third] = buffer.append([array(3)], LONG_ARRAY_LENGTH);
  expect(third?.buffer).not.toBe(first?.buffer);
  buffer.acknowledge(2 * LONG_ARRAY_LENGTH, true);
  const [fourth] = buffer.append([array(4)], LONG_ARRAY_LENGTH);
  expect(fourth?.buffer).toBe(second?.buffer);
});

test.each([
  { name: 'where nothing waits in the link, another session takes the memory', bufferedAmount: 0, isShared: true },
  {
    name: 'where a link copies what it is given, it takes it at any time',
    bufferedAmount: 1,
    sendCopies: true,
    isShared: true,
  },
  {
    name: 'a peer that acknowledges what waits in its link gets no bytes of another session',
    bufferedAmount: 1,
    isShared: false,
  },
])('$name', ({ bufferedAmount, sendCopies, isShared }) => {
  const [one, other] = [sessionOn(bufferedAmount, sendCopies), sessionOn(0)];
  one.stream.data(array(1));
  one.peer.message(encodeAck(2 * LONG_ARRAY_LENGTH));
  other.stream.data(array(2));
  expect(other.link.sent).toEqual([encodeData(array(2))]);
  expect(one.link.sent[0]?.buffer === other.link.sent[0]?.buffer).toBe(isShared);
});
