/** Our own programs in child processes: one request, one answer, one at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const running = new Set();

/** Remembers a child, so that none outlives a run that fails. */
export function remember(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

export function killAll() {
  for (const child of running) child.kill();
}

/** Starts a program, fresh: `path` is absolute or from this folder, `flags` are Node's. */
export function startProgram(path, words = [], flags = []) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const child = remember(fork(file, words, { execArgv: ['--expose-gc', ...flags] }));
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${path} ended early: ${signal ?? `status ${code}`}`);
  });
  ended.catch(() => undefined);
  return {
    pid: child.pid,
    async ask(request) {
      child.send(request);
      const [answer] = await Promise.race([once(child, 'message'), ended]);
      return answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
