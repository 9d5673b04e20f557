import { Terminal } from '@xterm/xterm';
import { expect, test } from 'vitest';
import { writeTo } from './terminal-output.js';

const euros = new TextEncoder().encode('€'.repeat(1000));

test('gives the terminal little at a time, in order, and waits for the last of it', async () => {
  const pieces: Uint8Array[] = [];
  const callbacks: ((() => void) | undefined)[] = [];
  const write = (piece: Uint8Array | string, callback?: () => void): void => {
    if (typeof piece !== 'string') pieces.push(piece);
    callbacks.push(callback);
  };
  let isParsed = false;
  const parsed = writeTo({ write }, euros).then(() => (isParsed = true));
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(512);
  expect(Buffer.concat(pieces).equals(euros)).toBe(true);
  expect(callbacks.slice(0, -1).every((callback) => callback === undefined)).toBe(true);
  expect(isParsed).toBe(false);
  callbacks.at(-1)?.();
  await parsed;
});

test('a character that is cut in two is shown as it is', async () => {
  const terminal = new Terminal({ cols: 500 });
  await writeTo(terminal, euros);
  const rows = [0, 1].map((row) => terminal.buffer.active.getLine(row)?.translateToString(true));
  expect(rows).toEqual(['€'.repeat(500), '€'.repeat(500)]);
});

test('nothing at all is parsed, too', async () => {
  await writeTo(new Terminal(), new Uint8Array(0));
});
