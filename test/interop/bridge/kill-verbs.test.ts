/** `listen`, `serve` and `relay` killed, and links cut inside each header: the end is definite, no byte is wrong, nothing is left behind. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { BY_EVENTS, descriptors, useBridge } from './bridge.js';
import { startChopper, WHOLE, type Chopper, type ChopperOptions } from './chopper.js';
import { registerHost } from './cuts/registered-host.js';
import { run, type RunningVerb } from './cuts/ways.js';

/** Frames of it have the longer header. */
const PAYLOAD = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 251));
/** What a client that has heard nothing from the server is told. */
const REFUSAL = 'SSH-2.0-';

const bridge = useBridge();
const verb = (...words: readonly string[]): Promise<RunningVerb> =>
  run(onTestFinished, { bundle: bridge.path, env: BY_EVENTS }, words);

interface Setting {
  /** Where clients connect, and the processes on their way. */
  readonly port: number;
  readonly verbs: Readonly<Record<string, RunningVerb>>;
  readonly chopper: Chopper;
}

/** Echoes. @returns its port */
async function startEcho(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).pipe(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function byListen(chopping: ChopperOptions): Promise<Setting> {
  const target = await startEcho();
  let to = 0;
  const chopper = await startChopper(onTestFinished, () => to, chopping);
  const host = `127.0.0.1:${chopper.port}`;
  const words = ['serve', '--listen=0', '--no-token', `--to=127.0.0.1:${target}`, `--allow-host=${host}`];
  const serve = await verb(...words);
  to = serve.port;
  const listen = await verb('listen', '0', '--no-resume', `ws://${host}/`);
  return { port: listen.port, verbs: { serve, listen }, chopper };
}

async function byRelay(chopping: ChopperOptions): Promise<Setting> {
  const target = await startEcho();
  let to = 0;
  const chopper = await startChopper(onTestFinished, () => to, chopping);
  const words = ['relay', '--http=0', '--ssh=0', `--allow-host=127.0.0.1:${chopper.port}`];
  const relay = await verb(...words);
  to = relay.httpPort ?? 0;
  await registerHost(onTestFinished, { relay: to, links: chopper.port, target, isResumed: false });
  return { port: relay.port, verbs: { relay }, chopper };
}

const WAYS = { listen: byListen, relay: byRelay } as const;

/** A client that sends the payload, receives some of it, and waits for the end. */
function visit(port: number): {
  readonly heard: () => Buffer;
  readonly ended: Promise<string>;
  readonly socket: Socket;
} {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let heard = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])));
  socket.write(PAYLOAD);
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => resolve('end'));
    socket.once('error', () => resolve('error'));
  });
  onTestFinished(() => void socket.destroy());
  return { heard: () => heard, ended, socket };
}

async function hearsAll(port: number): Promise<ReturnType<typeof visit>> {
  const visitor = visit(port);
  await expect.poll(() => visitor.heard().equals(PAYLOAD)).toBe(true);
  return visitor;
}

test.each([
  ['listen', 'listen'],
  ['listen', 'serve'],
  ['relay', 'relay'],
] as const)('by %s: SIGKILL of %s ends its clients by that', async (way, name) => {
  const { port, verbs } = await WAYS[way](WHOLE);
  const visitors = await Promise.all([hearsAll(port), hearsAll(port)]);
  verbs[name]?.child.kill('SIGKILL');
  await Promise.all(visitors.map(({ ended }) => ended));
});

test.each(['listen', 'relay'] as const)(
  'by %s: no descriptor is left after clients that are reset, lose their links, or finish',
  async (way) => {
    const { port, verbs, chopper } = await WAYS[way](WHOLE);
    const pids = Object.values(verbs).map(({ child }) => child.pid);
    const before = pids.map(descriptors);
    const [reset, done, ...cut] = await Promise.all(Array.from({ length: 6 }, () => hearsAll(port)));
    reset?.socket.resetAndDestroy();
    done?.socket.end();
    await done?.ended;
    chopper.cutAll();
    await Promise.all(cut.map(({ ended }) => ended));
    for (const visitor of [...cut, done]) visitor?.socket.destroy();
    await expect.poll(() => pids.map(descriptors)).toEqual(before);
  },
);

/** How many bytes make a link, before the first frame; `most` go with the payload there and back. */
async function measure(way: keyof typeof WAYS): Promise<{ readonly handshake: number; readonly most: number }> {
  const { port, chopper } = await WAYS[way](WHOLE);
  await hearsAll(port);
  const most = chopper.carried();
  // A client's frame has a mask; both kinds have two bytes of length after the first two.
  return { handshake: most - 2 * PAYLOAD.length - 12, most };
}

test.each(['listen', 'relay'] as const)(
  'by %s: a link that is cut after each byte of its frames and their headers: a definite end, and a prefix of the data',
  async (way) => {
    const { handshake, most } = await measure(way);
    // From the client's frame to the end of the header of the echo's.
    const offsets = [...Array.from({ length: 16 }, (_, offset) => offset), 150]
      .concat(Array.from({ length: 14 }, (_, offset) => PAYLOAD.length + offset))
      .flatMap((offset) => [handshake + offset, most - offset]);
    const { port, chopper } = await WAYS[way]({ seed: 1, bytesOf: (index) => offsets[index] ?? Infinity });
    for (const offset of offsets) {
      const visitor = visit(port);
      await expect.poll(() => visitor.socket.readableEnded || visitor.socket.destroyed).toBe(true);
      const heard = visitor.heard();
      const isRefusal = heard.toString('latin1').startsWith(REFUSAL);
      const isPart = PAYLOAD.subarray(0, heard.length).equals(heard);
      expect([offset, isRefusal || isPart]).toEqual([offset, true]);
      visitor.socket.destroy();
    }
    expect(chopper.cuts()).toBe(offsets.length);
  },
);
