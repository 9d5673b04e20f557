/** Runs child processes of the repository's own commands, with their output shown, or silently with lines of progress. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How often a silent step reports that it is still at work, in ms. */
const PROGRESS_INTERVAL = 15_000;

/** Why a command cannot go on; the message is one line that tells the user what to do. */
export class UserError extends Error {}

/**
 * Runs a program in the checkout with its output shown, or collected in `output`, a list of chunks.
 * @returns {Promise<number>} its exit code; 1 if a signal ended it
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
 * Runs a program silently; its output is shown only if it fails.
 * @throws UserError with `advice` if it fails
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

/**
 * Tries a step again if it fails, as what depends on a network or on somebody else's lock does for a while.
 * @param step gets the number of the try, from 1 @param tries how often at most @param pause before the next time, in ms
 * @throws what the last try has thrown
 */
export async function persistently(step, tries, pause = 15_000) {
  for (let count = 1; ; count += 1) {
    try {
      return await step(count);
    } catch (error) {
      if (count === tries) throw error;
      console.log(`${error.message}\nTrying again in ${pause / 1000} s (${count + 1} of ${tries}) …`);
      await delay(pause);
    }
  }
}

/** The path of a program, on PATH or where system programs live; undefined if it is not installed. */
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
