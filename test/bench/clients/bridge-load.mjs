/**
 * Both ends of what a gateway carries, in a process of its own: the target behind it, and the client in front of it, whose frames are
 * made in advance so that they cost the same for all. `isBare` means TCP without WebSocket.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { median } from '../statistics.mjs';

const CHUNK = Buffer.alloc(64 * 1024, 7);
const PING = Buffer.alloc(64, 1);
const MASK = Buffer.from('12345678', 'hex');
const held = [];
let onTarget = () => undefined;

const target = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined);
  onTarget(socket);
});
target.listen(0, '127.0.0.1');
await once(target, 'listening');

/** A masked binary frame (RFC 6455 §5.2), as clients send it. */
function frame(payload) {
  const header = payload.length < 126 ? Buffer.from([0x82, 0x80 | payload.length]) : Buffer.alloc(10);
  if (payload.length >= 126) {
    header[0] = 0x82;
    header[1] = 0xff;
    header.writeUInt32BE(payload.length, 6);
  }
  const masked = Buffer.from(payload.map((byte, index) => byte ^ MASK[index & 3]));
  return Buffer.concat([header, MASK, masked]);
}

async function open({ port, isBare }) {
  const reached = new Promise((resolve) => {
    onTarget = resolve;
  });
  const client = connect({ port, host: '127.0.0.1', noDelay: true });
  client.on('error', () => undefined);
  if (!isBare) {
    const lines = [
      'GET / HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: binary',
    ];
    client.write(`${lines.join('\r\n')}\r\n\r\n`);
    const [answer] = await once(client, 'data');
    if (!answer.includes(' 101 ')) throw new Error(`no upgrade: ${answer}`);
  }
  return { client, far: await reached };
}

async function write(socket, block, times) {
  for (let index = 0; index < times; index += 1) if (!socket.write(block)) await once(socket, 'drain');
}

function read(socket, bytes) {
  let length = 0;
  return new Promise((resolve) => {
    const count = (chunk) => {
      length += chunk.length;
      if (length < bytes) return;
      socket.off('data', count);
      resolve();
    };
    socket.on('data', count);
  });
}

const answers = {
  target: () => ({ port: target.address().port }),
  async transfer({ direction, bytes, ...gateway }) {
    const { client, far } = await open(gateway);
    const times = Math.ceil(bytes / CHUNK.length);
    // Down, framing makes it slightly more than the bytes: the last of them are not waited for.
    const [from, block, to] =
      direction === 'down' ? [far, CHUNK, client] : [client, gateway.isBare ? CHUNK : frame(CHUNK), far];
    await Promise.all([write(from, block, times), read(to, times * CHUNK.length)]);
    held.push(client);
    return {};
  },
  async latency({ count, ...gateway }) {
    const { client, far } = await open(gateway);
    far.pipe(far);
    const [block, answer] = gateway.isBare ? [PING, PING.length] : [frame(PING), PING.length + 2];
    const times = [];
    for (let index = 0; index < count; index += 1) {
      const started = performance.now();
      const echoed = read(client, answer);
      client.write(block);
      await echoed;
      times.push(performance.now() - started);
    }
    client.destroy();
    return { milliseconds: median(times) };
  },
  async hold({ count, ...gateway }) {
    for (let index = 0; index < count; index += 1) {
      const { client, far } = await open(gateway);
      held.push(client, far);
    }
    return {};
  },
  drop() {
    for (const socket of held.splice(0)) socket.destroy();
    return {};
  },
};

process.on('disconnect', () => process.exit());
process.on('message', async (request) => process.send(await answers[request.type](request)));
