/** websockify as Debian has it: its server for our proxy, its client half for our serve, and ssh through both. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { randomFillSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, isMissing, start, temporaryFolder } from '../processes.js';
import { startSshd } from './sshd.js';
import { useBridge } from './bridge.js';

const LENGTH = 4 * 1024 * 1024;

/** A ProxyCommand made of websockify's own WebSocket class; arguments: URL, subprotocols. */
const WEBSOCKIFY_CLIENT = `
import os, select, sys, types
from websockify import websocket
link = websocket.WebSocket()
link.connect(sys.argv[1], protocols=sys.argv[2:])
# Version 0.10 adds numbers to bytes where it makes a mask.
websocket.random = types.SimpleNamespace(randrange=lambda _: os.urandom(1))
while True:
    ready = select.select([0, link.socket], [], [], 0 if link.pending() else None)[0]
    if 0 in ready:
        data = os.read(0, 16384)
        if not data:
            break
        link.sendmsg(data)
    if link.pending() or link.socket in ready:
        try:
            message = link.recvmsg()
        except websocket.WebSocketWantReadError:
            continue
        if message is None:
            break
        view = memoryview(message)
        while view:
            view = view[os.write(1, view):]
`;

const bundle = useBridge();

/** What ssh gets back from `cat` at the other end, byte for byte. */
async function throughCat(options: readonly string[], user: string): Promise<void> {
  const payload = randomFillSync(Buffer.alloc(LENGTH));
  const { code, stdout, stderr } = await start(onTestFinished, 'ssh', [...options, `${user}@target`, 'cat; exit 3'], {
    input: payload,
  }).finished;
  expect([code, stderr]).toEqual([3, '']);
  expect(stdout.equals(payload)).toBe(true);
}

describe.skipIf(isMissing('websockify', 'sshd', 'ssh', 'ssh-keygen'))('websockify', () => {
  test('its server takes our proxy', async () => {
    const sshd = await startSshd(onTestFinished);
    const port = await freePort();
    const words = [`127.0.0.1:${port}`, `127.0.0.1:${sshd.port}`];
    await start(onTestFinished, 'websockify', words).printed(/proxying from/);
    const proxyCommand = `${process.execPath} ${bundle.path} proxy ws://127.0.0.1:${port}/websockify`;
    await throughCat([...sshd.clientOptions, '-o', `ProxyCommand=${proxyCommand}`], sshd.user);
  });

  test.each([
    ['the subprotocol binary', ['binary']],
    ['no subprotocol', []],
  ])('our serve takes its client, with %s', async (_what, protocols) => {
    const sshd = await startSshd(onTestFinished);
    const port = await freePort();
    // Interop: websockify 0.10 leaves the port out of Host.
    const words = [
      bundle.path,
      'serve',
      '--allow-host',
      '127.0.0.1',
      '--listen',
      String(port),
      '--to',
      `127.0.0.1:${sshd.port}`,
      '--no-token',
    ];
    await start(onTestFinished, process.execPath, words).printed(/listening on/);
    const script = join(await temporaryFolder(onTestFinished), 'client.py');
    await writeFile(script, WEBSOCKIFY_CLIENT);
    const client = ['/usr/bin/python3', script, `ws://127.0.0.1:${port}/websockify`, ...protocols];
    const proxyCommand = client.join(' ');
    await throughCat([...sshd.clientOptions, '-o', `ProxyCommand=${proxyCommand}`], sshd.user);
  });
});
