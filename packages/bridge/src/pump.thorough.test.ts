/** A flood that fills what the sockets of both ends hold. */
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { pump, type ByteStream } from './pump.js';
import { dial } from './dial.js';
import { MIB, webSocketServer } from './testing/sockets.js';

test('pings from a peer that does not read the answers are not answered without end', async () => {
  const { url } = await webSocketServer((peer) => {
    peer.pause();
    const payload = Buffer.alloc(125);
    for (let sent = 0; sent < 100_000; sent++) peer.ping(payload);
  });
  const link = await dial({ url });
  let pings = 0;
  let queued = 0;
  link.on('ping', () => {
    pings++;
    queued = Math.max(queued, link.bufferedAmount);
  });
  void pump(link, memoryStream(new PassThrough(), new PassThrough()));
  await expect.poll(() => pings === 100_000).toBe(true);
  expect(queued).toBeLessThan(MIB);
});

function memoryStream(input: Readable, output: Writable): ByteStream {
  return {
    input,
    output,
    finish: () => new Promise((resolve) => void output.end(() => resolve())),
    abort: () => void output.destroy(),
  };
}
