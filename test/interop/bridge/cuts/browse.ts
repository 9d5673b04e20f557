/** `ssh -D` as a browser uses it (RFC 1928): many channels at once, small and large answers in turn on each. */
import { once } from 'node:events';
import { randomFillSync } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { freePort, start, type Cleanup } from '../../processes.js';
import { ProgramFailed } from './run-program.js';
import type { Way } from './ways.js';

const CHANNELS = 200;
/** Of every answer; a page, its parts, and a picture now and then. */
const LEAST = 500;
const BLOCK = randomFillSync(Buffer.alloc(1024 * 1024));
const REQUEST_BYTES = 8;

/** @param bytes of all answers, roughly @returns the number of bytes that were right @throws ProgramFailed if ssh ends */
export async function browse(cleanup: Cleanup, way: Way, bytes: number): Promise<number> {
  const [web, socks] = [await startWeb(cleanup), await freePort()];
  const words = [...way.clientOptions, '-v', '-N', '-D', `127.0.0.1:${socks}`, way.destination];
  const ssh = start(cleanup, 'ssh', words, { env: way.env });
  const isOver = ssh.finished.then(({ code, stderr }): never => {
    throw new ProgramFailed('ssh', code, withoutDebug(stderr));
  });
  const channels = ssh
    .printed(/Entering interactive session/)
    .then(() =>
      Promise.all(Array.from({ length: CHANNELS }, (_, index) => visit(socks, web, index, bytes / CHANNELS))),
    );
  try {
    const right = await Promise.race([channels, isOver]);
    return right.reduce((sum, count) => sum + count, 0);
  } catch (error) {
    // The other end of a channel is told together with the rest, or waits for ever.
    await channels.catch(() => undefined);
    throw error instanceof ProgramFailed ? error : await isOver;
  } finally {
    isOver.catch(() => undefined);
    ssh.child.kill();
  }
}

function withoutDebug(stderr: string): string {
  return stderr.replaceAll(/^(?:debug1: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )[^\n]*\n/gm, '');
}

/** Answers requests for a range of bytes of a block. @returns its port */
async function startWeb(cleanup: Cleanup): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= REQUEST_BYTES; rest = rest.subarray(REQUEST_BYTES)) {
        socket.write(BLOCK.subarray(rest.readUInt32BE(0), rest.readUInt32BE(4)));
      }
    });
  }).listen(0, '127.0.0.1');
  cleanup(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** One channel: asks for more until it has `bytes`. */
async function visit(socks: number, web: number, index: number, bytes: number): Promise<number> {
  const socket = connect({ port: socks, host: '127.0.0.1', noDelay: true });
  const take = takeFrom(socket);
  try {
    socket.write(Uint8Array.of(5, 1, 0));
    await take(2);
    socket.write(Uint8Array.of(5, 1, 0, 1, 127, 0, 0, 1, web >> 8, web & 0xff));
    const [, reply] = await take(10);
    if (reply !== 0) throw new Error(`SOCKS answers ${reply}`);
    let right = 0;
    for (let turn = index; right < bytes; turn += 1) {
      const { request, answer } = exchange(turn, bytes);
      socket.write(request);
      if (!(await take(answer.length)).equals(answer)) throw new Error('a channel has other bytes');
      right += answer.length;
    }
    return right;
  } finally {
    socket.destroy();
  }
}

function exchange(turn: number, most: number): { readonly request: Buffer; readonly answer: Buffer } {
  const length = Math.min(LEAST << (turn % 11), Math.floor(most), BLOCK.length / 2);
  const from = (turn * 7919) % (BLOCK.length / 2);
  const request = Buffer.alloc(REQUEST_BYTES);
  request.writeUInt32BE(from, 0);
  request.writeUInt32BE(from + length, 4);
  return { request, answer: BLOCK.subarray(from, from + length) };
}

/** @returns a function that returns the next given number of bytes, or throws if the connection ends first */
function takeFrom(socket: Socket): (length: number) => Promise<Buffer> {
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  return async (length) => {
    let rest = length - held.reduce((sum, chunk) => sum + chunk.length, 0);
    while (rest > 0) {
      const { done, value } = await chunks.next();
      if (done === true) throw new Error('the channel has ended');
      held.push(value);
      rest -= value.length;
    }
    const all = Buffer.concat(held);
    held = [all.subarray(length)];
    return all.subarray(0, length);
  };
}
