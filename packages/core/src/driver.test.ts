/** How the driver writes: few writes, and no byte is changed while somebody may still read it; how the system's clock waits. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from './driver.js';
import { accept } from './server/verdict.js';
import type { ByteLink } from './link.js';
import type { Session } from './server/session/session.js';
import { memoryLinks, pair } from './testing/index.js';

const PIECE = 32 * 1024;
const PIECES = 24;

async function writePieces(session: Session): Promise<number> {
  const piece = new Uint8Array(PIECE);
  for (let index = 0; index < PIECES; index += 1) await session.write(piece.fill(index));
  return 0;
}

const server = { hooks: { none: () => accept }, session: writePieces };
const expected = Array.from({ length: PIECES }, (_, index) => index);

async function expectPieces(streams: readonly [ByteLink, ByteLink]): Promise<void> {
  const { client } = await pair({ server, streams });
  const { stdout } = await client.exec('write');
  expect(stdout).toHaveLength(PIECES * PIECE);
  expect(expected.map((index) => stdout[index * PIECE])).toEqual(expected);
  expect(expected.map((index) => stdout[(index + 1) * PIECE - 1])).toEqual(expected);
  client.close();
}

test('an application that waits for each write shares writes of the link', async () => {
  const lengths: number[] = [];
  const tap = (from: 'first' | 'second', chunk: Uint8Array): Uint8Array => {
    if (from === 'second') lengths.push(chunk.length);
    return chunk;
  };
  await expectPieces(memoryLinks({ tap }));
  expect(lengths.filter((length) => length > PIECE).length).toBeLessThanOrEqual(PIECES / 4);
});

test.each([
  { when: 'all has left', isEarly: false },
  { when: 'there is room', isEarly: true },
])('what was written stays as it is until it has left, on a link that drains when $when', async ({ isEarly }) => {
  const [near, far] = memoryLinks();
  let held = 0;
  let changed = 0;
  let drain: () => void = () => undefined;
  // Reads what was written some tasks later, like a socket whose kernel buffer is full.
  const slow: ByteLink = {
    open: (receiver) => {
      drain = () => receiver.drain();
      const chunk = (bytes: Uint8Array): void => receiver.chunk(bytes);
      far.open({ chunk, end: (error) => receiver.end(error), drain: () => undefined });
    },
    write: (bytes) => {
      const copy = bytes.slice();
      held += 1;
      const leave = (): void => {
        held -= 1;
        if (bytes.some((byte, index) => byte !== copy[index])) changed += 1;
        far.write(bytes);
        if (!isEarly && held === 0) drain();
      };
      setImmediate(() => {
        if (isEarly) drain();
        setImmediate(leave);
      });
      return false;
    },
    isFlushed: () => held === 0,
    pause: () => far.pause(),
    resume: () => far.resume(),
    end: () => setImmediate(() => setImmediate(() => far.end())),
    destroy: () => far.destroy(),
  };
  await expectPieces([near, slow]);
  expect(changed).toBe(0);
});

test.each([2 ** 31, Infinity])('the clock of the system waits %d ms as long as a timer can, 24 days', (time) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let isCalled = false;
  systemClock.schedule(() => (isCalled = true), time);
  vi.advanceTimersByTime(2 ** 31 - 2);
  expect(isCalled).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isCalled).toBe(true);
});
