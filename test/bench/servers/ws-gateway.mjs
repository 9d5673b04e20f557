/** The gateway that `ws` itself describes: its `createWebSocketStream` piped into a TCP connection, and back. Argument: the target's port. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';

const target = { port: Number(process.argv[2]), host: '127.0.0.1', noDelay: true };
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (link) => {
  const stream = createWebSocketStream(link);
  const socket = connect(target);
  // Either end of a transfer may simply leave.
  pipeline(stream, socket, () => undefined);
  pipeline(socket, stream, () => undefined);
});
await once(server, 'listening');
console.log(`listening on ${server.address().port}`);
