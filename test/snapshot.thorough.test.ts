/** A connection is plain data: after every message it can be written down, carried to another process and continued there. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatPrivateKey, generateKey, type PrivateKey } from '@nacre/core';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './movable-session.js';

const here = fileURLToPath(new URL('.', import.meta.url));
let directory: string;
let host: ChildProcess;
let hostKey: PrivateKey;
let nextId = 1;
type FromHost = { readonly id: number } & (
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'resumed' | 'end' }
  | { readonly type: 'refused'; readonly name: string; readonly message: string }
);
const listeners = new Map<number, (message: FromHost) => void>();

beforeAll(async () => {
  directory = mkdtempSync(join(here, '.snapshot-'));
  const outfile = join(directory, 'host.mjs');
  await build({
    entryPoints: [join(here, 'snapshot-host.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@nacre/source'],
    logLevel: 'error',
  });
  host = fork(outfile, { serialization: 'advanced' });
  host.on('message', (message: FromHost) => listeners.get(message.id)?.(message));
  hostKey = await generateKey('ssh-ed25519');
});

afterAll(() => {
  host.kill();
  rmSync(directory, { recursive: true });
});

/** Hands a snapshot to the other process. @returns where the client's bytes go from now on. */
function resumeElsewhere(
  snapshot: Uint8Array,
  toClient: (bytes: Uint8Array) => void,
): Promise<(bytes: Uint8Array) => void> {
  const id = nextId++;
  return new Promise((resolve, reject) => {
    listeners.set(id, (message) => {
      if (message.type === 'bytes') toClient(Uint8Array.from(message.bytes));
      if (message.type === 'resumed') resolve((bytes) => void host.send({ type: 'bytes', id, bytes }));
      if (message.type === 'refused') reject(new Error(`${message.name}: ${message.message}`));
    });
    host.send({ type: 'resume', id, hostKey: formatPrivateKey(hostKey), snapshot });
  });
}

test('a session moves to another process after any of its messages, and ends the same', async () => {
  const whole = await run(hostKey);
  expect(whole.exitCode).toBe(3);
  expect(whole.output).toContain('2 half a line 100x30 C\r\n$ ');
  const refusals: string[] = [];
  for (let message = 1; message <= whole.messages; message += 1) {
    const { output, exitCode, moved, refusal, size } = await run(hostKey, { after: message, to: resumeElsewhere });
    expect({ message, output, exitCode }).toEqual({ message, output: whole.output, exitCode: 3 });
    if (!moved) refusals.push(`${message} ${refusal}`);
    else expect(size).toBeLessThanOrEqual(8 * 1024);
  }
  // Only key exchanges are refused: the first one, the client's rekey and the server's.
  expect(refusals.every((refusal) => refusal.endsWith('key-exchange'))).toBe(true);
  expect(refusals.length).toBe(2 + 2 + 3);
});
