/** The repository's systemd unit and container file: the command accepts their command lines and variables. */
import { copyFile, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, isMissing, start, temporaryFolder } from '../processes.js';
import { useBridge } from './bridge.js';

const bundle = useBridge();
const deploy = (name: string): string =>
  fileURLToPath(new URL(`../../../packages/bridge/deploy/${name}`, import.meta.url));

test('the unit: its command listens with a token of its own, ends on TERM as the unit says, and HUP does not end it', async () => {
  const unit = await readFile(deploy('ssh-bridge.service'), 'utf8');
  const [, command = ''] = /^ExecStart=\S+ (.*)$/m.exec(unit) ?? [];
  const folder = await temporaryFolder(onTestFinished);
  const [port, metrics] = [await freePort(), await freePort()];
  const words = command
    .replace('/run/ssh-bridge', folder)
    .replace(':8022', `:${port}`)
    .replace(':9022', `:${metrics}`)
    .split(' ');
  const { child, finished, printed } = start(onTestFinished, process.execPath, [bundle.path, ...words], {
    env: { XDG_CONFIG_HOME: folder },
  });
  const announced = await printed(/"listening".*\n/);
  const token = (await readFile(join(folder, 'token'), 'utf8')).trim();
  expect([token.length, announced.includes(token)]).toEqual([43, false]);
  child.kill('SIGHUP');
  await printed(/"reloaded"/);
  expect((await fetch(`http://127.0.0.1:${metrics}/readyz`)).status).toBe(200);
  child.kill('SIGTERM');
  const [, status = ''] = /^SuccessExitStatus=(\d+)$/m.exec(unit) ?? [];
  expect((await finished).code).toBe(Number(status));
});

test.skipIf(isMissing('systemd-analyze'))('the unit: systemd understands all of it', async () => {
  const folder = await temporaryFolder(onTestFinished);
  const file = join(folder, 'ssh-bridge.service');
  const unit = await readFile(deploy('ssh-bridge.service'), 'utf8');
  await writeFile(file, unit.replace('/usr/local/bin/ssh-bridge', '/bin/true'));
  const { code, stdout, stderr } = await start(onTestFinished, 'systemd-analyze', ['verify', file], { input: '' })
    .finished;
  expect([code, stdout.toString(), stderr]).toEqual([0, '', '']);
});

test('the container file: its health check follows the address in SSH_BRIDGE_METRICS', async () => {
  const text = await readFile(deploy('Containerfile'), 'utf8');
  const [, command = '[]'] = /^HEALTHCHECK CMD (.*)$/m.exec(text) ?? [];
  const [, ...words] = JSON.parse(command) as string[];
  const port = await freePort();
  const check = (address: string) =>
    start(onTestFinished, process.execPath, words, { env: { SSH_BRIDGE_METRICS: address } }).finished;
  expect((await check(String(port))).code).toBe(1);
  const serve = ['serve', '--listen=0', '--no-token', '--to=127.0.0.1:22', `--metrics=${port}`];
  await start(onTestFinished, process.execPath, [bundle.path, ...serve]).printed(/listening/);
  const answers = await Promise.all([String(port), `127.0.0.1:${port}`].map(check));
  expect(answers.map(({ code }) => code)).toEqual([0, 0]);
});

test('the container file: every variable that it sets is one', async () => {
  const text = await readFile(deploy('Containerfile'), 'utf8');
  const [, line = ''] = /^ENV (.*)$/m.exec(text) ?? [];
  const [port, metrics] = [await freePort(), await freePort()];
  const variables = line.split(' ').map((pair) => pair.split('=') as [string, string]);
  const env = {
    ...Object.fromEntries(variables),
    SSH_BRIDGE_LISTEN: `127.0.0.1:${port}`,
    SSH_BRIDGE_METRICS: `127.0.0.1:${metrics}`,
    SSH_BRIDGE_TO: '127.0.0.1:22',
  };
  const { printed } = start(onTestFinished, process.execPath, [bundle.path, 'serve'], { env });
  expect(JSON.parse((await printed(/"listening".*\n/)).split('\n', 1)[0] ?? '')).toMatchObject({
    port,
    metricsPort: metrics,
  });
});

test('the one file runs alone, from any folder, by a link', async () => {
  const folder = await temporaryFolder(onTestFinished);
  const [file, link] = [join(folder, 'ssh-bridge.mjs'), join(folder, 'ssh-bridge')];
  await copyFile(bundle.path, file);
  await symlink(file, link);
  const { code, stdout } = await start(onTestFinished, link, ['--version'], { cwd: '/', input: '' }).finished;
  expect([code, stdout.toString()]).toEqual([0, '0.1.0\n']);
});
