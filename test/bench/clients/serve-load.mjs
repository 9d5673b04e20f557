/** Both ends of what `serve` carries, in a process of its own: the target behind it, and the package's own client. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { openLine } from '../../../packages/bridge/dist/resume/line.js';
import { source, stream, write } from './link-streams.mjs';

const HOST = '127.0.0.1';
let onTarget = () => undefined;
let url;

const target = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined);
  onTarget(socket);
});
target.listen(0, HOST);
await once(target, 'listening');

const answers = {
  target: () => ({ port: target.address().port }),
  use({ port }) {
    url = `ws://${HOST}:${port}/`;
  },
  async transfer({ direction, bytes, isResumable }) {
    const reached = new Promise((resolve) => {
      onTarget = resolve;
    });
    const line = await openLine({ url, resume: isResumable });
    const far = await reached;
    const ended = once(far.resume(), 'end');
    const carried = line.carry(stream(source(direction === 'up' ? bytes : undefined)));
    if (direction === 'down') await write(far, bytes);
    else await ended;
    far.end();
    const { how } = await carried;
    far.destroy();
    if (how !== 'clean') throw new Error(`a link ended ${how}`);
  },
};

process.on('disconnect', () => process.exit());
process.on('message', async (request) => process.send((await answers[request.type](request)) ?? {}));
