/** A bare TCP proxy: what it costs Node to carry bytes without any WebSocket. Argument: the target's port. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

const target = { port: Number(process.argv[2]), host: '127.0.0.1', noDelay: true };
const server = createServer({ noDelay: true }, (near) => {
  const far = connect(target);
  // Either end of a transfer may simply leave.
  pipeline(near, far, () => undefined);
  pipeline(far, near, () => undefined);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(`listening on ${server.address().port}`);
