/** What `npm start` has started stops when npm is stopped, by whatever reaches it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { start } from './processes.js';

const EXAMPLE = new URL('../../scripts/example.mjs', import.meta.url).pathname;
const LIBRARY = new URL('../../scripts/lib/stop-signal.mjs', import.meta.url);

/** Ends by itself, and silently, if it is not stopped. */
const PROGRAM = `import { onStopSignal } from '${LIBRARY.href}';
  const end = setTimeout(() => undefined, 60_000);
  onStopSignal(() => {
    console.log('stopped');
    clearTimeout(end);
  });
  console.log('started ' + process.pid);`;

/** A folder that `npm start` runs this command in. */
async function packageWith(command: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nacre-npm-start-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start: command } }));
  return folder;
}

test.each(['npm', 'the program'])('SIGTERM to %s: the program stops', async (which) => {
  const folder = await packageWith('node program.mjs');
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
  const npm = start(onTestFinished, 'npm', ['start', '--silent'], { cwd: folder });
  const [, pid] = /started (\d+)\n/.exec(await npm.printed(/started \d+\n/))!;
  process.kill(which === 'npm' ? npm.child.pid! : Number(pid), 'SIGTERM');
  // Its output ends when the last of them has closed it.
  expect((await npm.finished).stdout.toString()).toBe(`started ${pid}\nstopped\n`);
});

test('SIGTERM to npm: an example stops, too', async () => {
  const cwd = await packageWith(`node ${EXAMPLE} hangman`);
  const npm = start(onTestFinished, 'npm', ['start', '--silent'], { cwd, env: { PORT: '0' } });
  await npm.printed(/ssh -p \d+ .*\n/);
  npm.child.kill('SIGTERM');
  expect((await npm.finished).stdout.toString()).toMatch(/^ssh -p \d+ .*\n$/);
});
