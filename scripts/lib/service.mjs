/** A child process that serves until it is stopped, and reports in lines of JSON where it listens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ROOT, UserError } from './processes.mjs';

/** From start to listening, and from SIGTERM to SIGKILL, in ms. */
const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = 3_000;
/** How much of a child's output is kept in case it fails, in characters. */
const KEPT_OUTPUT = 8 * 1024;

/**
 * Starts a program and waits until it listens.
 *
 * @param announcements the descriptor on which it reports that: 1, or 3 if it has a separate one
 * @param listening takes a parsed line; returns the port once the line is the awaited one
 * @param shows whether to show the user a line that the program writes to stderr later
 * @param explain turns stderr of a program that failed into a sentence that says what to do
 * @throws UserError
 */
export async function startService(
  file,
  words,
  { env = {}, name, announcements = 1, listening, explain, shows, signal },
) {
  signal?.throwIfAborted();
  const child = spawn(file, words, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', ...(announcements === 3 ? ['pipe'] : [])],
    env: { ...process.env, ...env },
  });
  const exited = once(child, 'exit').then(([code, by]) => ({ code, by }));
  const service = { pid: child.pid, exited, close: () => stop(child, exited) };
  const output = keepOutput(child, shows);
  signal?.addEventListener('abort', () => void service.close(), { once: true });
  try {
    service.port = await Promise.race([
      announced(child.stdio[announcements], listening),
      failed(child, exited, { name, explain, output }),
    ]);
    return service;
  } catch (error) {
    await service.close();
    throw error;
  } finally {
    output.forward();
  }
}

async function announced(stream, listening) {
  for await (const line of createInterface({ input: stream })) {
    const port = listening(parse(line));
    // Later output is read, so that the program does not block, but not shown.
    if (port !== undefined) {
      stream.resume();
      return port;
    }
  }
  return new Promise(() => undefined);
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

async function failed(child, exited, { name, explain, output }) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, START_TIMEOUT, `is not listening after ${START_TIMEOUT / 1000} s`);
  });
  const gone = Promise.race([
    // All of stderr has been read when the streams are closed.
    once(child, 'close').then(() => undefined),
    once(child, 'error').then(([error]) => `cannot be started: ${error.message}`),
  ]);
  try {
    const why = await Promise.race([late, gone]);
    const text = output.text();
    throw new UserError(why === undefined ? explain(text) : `${name} ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Holds stderr back until it is known whether the start fails, then lets it through. */
function keepOutput(child, shows = () => true) {
  let text = '';
  let isForwarding = false;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!isForwarding) text = `${text}${line}\n`.slice(-KEPT_OUTPUT);
    else if (shows(line)) process.stderr.write(`${line}\n`);
  });
  return {
    text: () => text.trim(),
    forward: () => {
      isForwarding = true;
    },
  };
}

async function stop(child, exited) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
  await exited;
  clearTimeout(timer);
}

/** The last line of what a program wrote, as a sentence about it. */
export function lastLine(name, text) {
  const line = text.split('\n').findLast((candidate) => candidate.trim() !== '');
  return line === undefined ? `${name} ended before it listened` : `${name}: ${line.trim()}`;
}
