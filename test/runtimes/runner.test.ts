/** `npm run playground`: what it leaves behind, and what it says when it cannot start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../interop/processes.js';
import { run, RUNNER, RUNTIMES } from './playground-process.js';

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Missing programs have a test of their own. */
const present = RUNTIMES.filter((runtime) => !runtime.isMissing);

test.each(present)('$name: a port in use is one line that says what to do', async ({ words }) => {
  const port = await takenPort();
  const failed = await run(onTestFinished, [...words, '--port', String(port)]);
  expect(failed).toMatchObject({ code: 1 });
  expect('stderr' in failed ? failed.stderr : '').toMatch(new RegExp(`^playground: .*${port} is in use[:;] .+\\n$`));
});

test.each([
  [['--runtime', 'abacus'], 'there is no runtime "abacus"; there are node, deno, bun, workerd, browser'],
  [['--port', '65536'], '--port "65536" is not a whole number up to 65535'],
  [['--prt', '1'], "Unknown option '--prt'"],
  [['--runtime', 'node', '--direct'], '--direct is for --runtime workerd'],
  [['--authorized-keys', '/nowhere/keys'], 'the authorized keys cannot be read'],
])('%j is refused in one line', async (words, expected) => {
  const failed = await run(onTestFinished, words);
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining(`playground: ${expected}`) });
  expect('stderr' in failed ? failed.stderr.trimEnd() : '').not.toContain('\n');
});

test('a host key is made once, for its owner alone', async () => {
  const file = join(await temporaryFolder(onTestFinished), 'host_key');
  await run(onTestFinished, ['--host-key', file]);
  const made = await readFile(file, 'utf8');
  expect(made).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await run(onTestFinished, ['--host-key', file]);
  expect(await readFile(file, 'utf8')).toBe(made);
});

test('a file that holds no key is left as it is', async () => {
  const file = join(await temporaryFolder(onTestFinished), 'notes');
  await writeFile(file, 'buy milk\n');
  await chmod(file, 0o600);
  const failed = await run(onTestFinished, ['--host-key', file]);
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('this is not an OpenSSH private key') });
  expect(await readFile(file, 'utf8')).toBe('buy milk\n');
});

test.each(
  present.flatMap(({ name, words }) => [
    { name, words, signal: 'SIGINT' as const },
    { name, words, signal: 'SIGTERM' as const },
  ]),
)('$name: $signal stops everything', async ({ words, signal }) => {
  const runner = spawn(process.execPath, [RUNNER, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void runner.kill('SIGKILL'));
  const [line] = (await once(runner.stdout, 'data')) as [Buffer];
  const { pid } = JSON.parse(line.toString()) as { pid: number };
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  runner.kill(signal);
  const [code] = (await once(runner, 'close')) as [number | null];
  expect(code).toBe(0);
  await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
});
