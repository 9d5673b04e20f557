/** A TCP server that sends nothing: what an idle connection costs before there is any SSH. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { serveBench } from './bench-process.mjs';

serveBench(async () => {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
});
