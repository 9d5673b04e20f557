/** Child processes of the repository's own commands: run to their end, or with a line of progress while they are quiet. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A quiet step says that it is still at work this often, in ms. */
const PROGRESS_INTERVAL = 15_000;

/** What a command that cannot go on tells the person at the keyboard: one line that says what to do. */
export class UserError extends Error {}

/**
 * Runs a program in the checkout with its output shown, or put into `output`, a list of chunks.
 * @returns {Promise<number>} its exit code; 1 where a signal ended it
 */
export function run(file, words, { env = {}, output } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = output === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(file, words, { cwd: ROOT, stdio, env: { ...process.env, ...env } });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Runs a program silently; what it printed is shown only where it fails.
 * @throws UserError with `advice` where it fails
 */
export async function runQuietly(file, words, { env = {}, label, advice }) {
  const started = Date.now();
  const progress = setInterval(() => {
    console.log(`  ${label}: still at work after ${Math.round((Date.now() - started) / 1000)} s`);
  }, PROGRESS_INTERVAL);
  const output = [];
  try {
    if ((await run(file, words, { env, output })) === 0) return;
  } catch (error) {
    output.push(Buffer.from(String(error)));
  } finally {
    clearInterval(progress);
  }
  process.stderr.write(Buffer.concat(output));
  throw new UserError(`${label} failed: ${advice}`);
}

/** Where a program is, on PATH or where system programs live; undefined where it is not installed. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
