/** What is typed, on its way to a session that takes it slowly. */
import { expect, test } from 'vitest';
import { createInput } from './terminal-input.js';

test('a megabyte may wait, and what does not fit is dropped', async () => {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const written: number[] = [];
  const input = createInput(async (bytes) => {
    await gate;
    written.push(bytes.length);
  });
  const half = new Uint8Array(512 * 1024);
  for (const chunk of [half, half, new Uint8Array(1)]) input.bytes(chunk);
  go();
  await expect.poll(() => written).toEqual([half.length, half.length]);
  input.text('é');
  await expect.poll(() => written).toEqual([half.length, half.length, 2]);
});
