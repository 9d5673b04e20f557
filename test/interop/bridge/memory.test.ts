/** What a launched `serve` holds for links that were just made and are idle. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { expect, onTestFinished, test } from 'vitest';
import { start } from '../processes.js';
import { residentBytes, useBridge } from './bridge.js';

const bundle = useBridge();
const MIB = 1024 * 1024;

test.runIf(process.platform === 'linux')(
  '1,000 links that can be resumed: no link has a buffer of its own while it is idle',
  async () => {
    const target = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    onTestFinished(() => void target.close());
    await once(target, 'listening');
    const to = `127.0.0.1:${(target.address() as AddressInfo).port}`;
    const words = [bundle.path, 'serve', '--no-token', '--listen=0', `--to=${to}`, '--log-format=json'];
    const serve = start(onTestFinished, process.execPath, words);
    const { url } = JSON.parse(await serve.printed(/\n/)) as { readonly url: string };
    const open = async (): Promise<void> => {
      const link = new WebSocket(`${url}v4/connect`, ['ssh'], { perMessageDeflate: false });
      onTestFinished(() => link.terminate());
      link.on('error', () => undefined);
      // CONNECT_SUCCESS: its target is there.
      await once(link, 'message');
    };
    for (let count = 0; count < 1_000; count += 20) await Promise.all(Array.from({ length: 20 }, open));
    // 70 to 80 with the program itself, as V8 collects or not; with 64 KiB each 140. `npm run bench -- bridge` has the figure.
    expect(residentBytes(serve.child.pid) / MIB).toBeLessThan(120);
  },
);
