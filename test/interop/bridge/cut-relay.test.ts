/** ssh and scp through the relay while the links of the tab behind it are cut again and again. */
import { createHash, randomFillSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { relay } from 'ssh-bridge';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { socketStream } from '../../../packages/bridge/src/pump.js';
import { openLine } from '../../../packages/bridge/src/resume/line.js';
import { startSshd } from '../../../packages/bridge/src/testing/processes.js';
import { freePort, isMissing, start, temporaryFolder } from '../processes.js';
import { startChopper } from './chopper.js';

const MIB = 1024 * 1024;

/** A host that registers with the relay directly, and whose links go through a chopper, to sshd. */
async function startCutRelay(): Promise<{ options: readonly string[]; target: string; cuts: () => number }> {
  const sshd = await startSshd();
  const httpPort = await freePort();
  const chopper = await startChopper(onTestFinished, httpPort, { seed: 7, bytes: [MIB / 2, 6 * MIB] });
  const host = `127.0.0.1:${chopper.port}`;
  const running = await relay({
    http: { host: '127.0.0.1', port: httpPort },
    ssh: { host: '127.0.0.1', port: 0 },
    allowHosts: [host],
  });
  onTestFinished(() => running.close());
  const { token } = running;
  const control = new WebSocket(`ws://127.0.0.1:${httpPort}/host`, ['nacre.host.v1', `nacre.token.${token}`], {
    headers: { authorization: `Bearer ${token}` },
  });
  onTestFinished(() => control.terminate());
  const registered = new Promise<void>((resolve) => {
    control.on('message', (text) => {
      const message = JSON.parse(String(text)) as { readonly type: string; readonly ticket: string };
      if (message.type === 'registered') resolve();
      if (message.type !== 'connection') return;
      const url = `ws://${host}/v4/connect`;
      const line = openLine({ url, token, protocols: [`nacre.ticket.${message.ticket}`] });
      const socket = connect({ port: sshd.port, host: '127.0.0.1', allowHalfOpen: true });
      void line.then(({ carry }) => carry(socketStream(socket)));
    });
  });
  await registered;
  const options = [...sshd.clientOptions, '-o', `Port=${running.sshPort}`, '-o', 'HostName=127.0.0.1'];
  return { options, target: `${sshd.user}@target`, cuts: chopper.cuts };
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test.skipIf(isMissing('sshd', 'ssh', 'scp', 'ssh-keygen'))('a pipe both ways, a file there and back', async () => {
  const { options, target, cuts } = await startCutRelay();
  const folder = await temporaryFolder(onTestFinished);
  const [file, far, back] = [join(folder, 'file'), join(folder, 'far'), join(folder, 'back')];
  const payload = randomFillSync(Buffer.alloc(16 * MIB));
  await writeFile(file, payload);
  const echo = await start(onTestFinished, 'ssh', [...options, target, 'cat'], { input: payload }).finished;
  expect([echo.code, digest(echo.stdout)]).toEqual([0, digest(payload)]);
  for (const words of [
    [file, `${target}:${far}`],
    [`${target}:${far}`, back],
  ]) {
    const { code, stderr } = await start(onTestFinished, 'scp', ['-q', ...options, ...words]).finished;
    expect([code, stderr]).toEqual([0, '']);
  }
  expect(digest(await readFile(back))).toBe(digest(payload));
  expect(cuts()).toBeGreaterThan(8);
});
