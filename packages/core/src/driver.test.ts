/** How the driver writes: few writes, and no byte changed while somebody may still read it. */
import { expect, test } from 'vitest';
import { accept } from './hooks.js';
import type { ByteLink } from './link.js';
import type { Session } from './session.js';
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

test('what was written stays as it is until the link has drained', async () => {
  const [near, far] = memoryLinks();
  const held: { readonly bytes: Uint8Array; readonly copy: Uint8Array }[] = [];
  let drain: () => void = () => undefined;
  // Reads what was written a task later, as a socket does whose kernel has no room, and says that it drained then.
  const slow: ByteLink = {
    open: (receiver) => {
      drain = () => receiver.drain();
      far.open({ ...receiver, chunk: (bytes) => receiver.chunk(bytes), drain: () => undefined });
    },
    write: (bytes) => {
      held.push({ bytes, copy: bytes.slice() });
      setImmediate(() => {
        far.write(bytes);
        const last = held.shift()!;
        expect(last.bytes).toStrictEqual(last.copy);
        if (held.length === 0) drain();
      });
      return false;
    },
    isFlushed: () => held.length === 0,
    pause: () => far.pause(),
    resume: () => far.resume(),
    end: () => setImmediate(() => far.end()),
    destroy: () => far.destroy(),
  };
  await expectPieces([near, slow]);
});
