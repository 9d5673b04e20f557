/** Whole connections over a batched cipher: it makes no observable difference. */
import { expect, test } from 'vitest';
import { noble } from './crypto/noble.js';
import type { BatchedAead, CryptoProvider } from './crypto/provider.js';
import { webCrypto } from './crypto/web-crypto.js';
import { DisconnectedError, SnapshotRefusedError } from './errors.js';
import { accept } from './server/verdict.js';
import type { ByteLink, LinkReceiver } from './link.js';
import type { LogRecord } from './server/log/log.js';
import type { Server } from './server/server.js';
import type { LiveConnection } from './server/connection.js';
import { concatenate } from './wire/concatenate.js';
import { memoryLinks } from './testing/memory-link.js';
import { pair } from './testing/pair.js';

const batched = await webCrypto();
const WINDOW = 2 * 1024 * 1024;

/** A provider whose sealing, opening, or both can be stopped. */
class HeldCrypto {
  #gate: Promise<void> = Promise.resolve();
  /** Operations that another thread has not done yet. */
  #underWay = 0;
  release: () => void = () => undefined;
  readonly provider: CryptoProvider;

  constructor(holds: { readonly [Name in keyof BatchedAead]?: true }) {
    this.provider = {
      ...batched,
      batchedAesGcm: (key) => {
        const aead = batched.batchedAesGcm!(key);
        return {
          seal: async (...parameters) => {
            const sealed = await this.#counted(aead.seal(...parameters));
            if (holds.seal) await this.#gate;
            return sealed;
          },
          open: async (...parameters) => {
            const opened = await this.#counted(aead.open(...parameters));
            if (holds.open) await this.#gate;
            return opened;
          },
        };
      },
    };
  }

  async #counted<T>(operation: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await operation;
    } finally {
      this.#underWay -= 1;
    }
  }

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  /** Waits until everything that can happen has: nothing is under way in another thread, for some turns of the event loop. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 20; turns = this.#underWay === 0 ? turns + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A link that continues to deliver, as a WebSocket does. */
function unpaused(link: ByteLink): ByteLink {
  return {
    open: (receiver) => link.open(receiver),
    write: (bytes) => link.write(bytes),
    pause: () => undefined,
    resume: () => undefined,
    end: () => link.end(),
    destroy: () => link.destroy(),
  };
}

function connection(server: Server): LiveConnection {
  return server.connections[0] as LiveConnection;
}

async function readToEnd(source: { read(): Promise<Uint8Array | undefined> }): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) chunks.push(chunk);
  return concatenate(chunks);
}

const data = Uint8Array.from({ length: 150_000 }, (_, index) => index * 7 + (index >> 8));

const sides = [
  { name: 'both sides', server: batched, client: batched, chunkSize: 50_000 },
  { name: 'the server', server: batched, client: noble, chunkSize: 1000 },
  { name: 'the client', server: noble, client: batched, chunkSize: 1000 },
];
const ciphers = ['aes128-gcm@openssh.com', 'aes128-ctr'];

test.each(ciphers.flatMap((cipher) => sides.map((side) => ({ ...side, cipher }))))(
  '$name, $cipher: data comes back as it went, over rekeys in both directions',
  async ({ server, client, cipher, chunkSize }) => {
    const { client: connected } = await pair({
      server: {
        crypto: server,
        rekey: { bytes: 50_000 },
        hooks: { none: () => accept },
        session: async (session) => {
          for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
            await session.write(chunk);
          return 7;
        },
      },
      client: { crypto: client, rekey: { bytes: 40_000 }, algorithms: { ciphers: cipher } },
      link: { chunkSize },
    });
    const process = await connected.spawn('echo');
    void process.write(data).then(() => process.end());
    expect(await readToEnd(process)).toEqual(data);
    expect(await process.exited).toMatchObject({ exitCode: 7 });
    connected.close();
  },
);

test.each(ciphers)('byte by byte: %s', async (cipher) => {
  const { client } = await pair({
    server: {
      crypto: batched,
      hooks: { none: () => accept },
      session: async (session) => {
        await session.write((await session.read())!);
        return 0;
      },
    },
    client: { crypto: batched, algorithms: { ciphers: cipher } },
    link: { chunkSize: 1 },
  });
  const process = await client.spawn('echo');
  void process.write(data.subarray(0, 500));
  expect(await readToEnd(process)).toEqual(data.slice(0, 500));
  client.close();
});

test.each([
  { comes: 'nothing', pieces: 0 },
  { comes: 'more than is waited for', pieces: 8 },
  { comes: 'nothing any more', pieces: 0, ends: true },
])(
  'an end while packets are sealed and $comes comes in: all that was to be said is, and why, in order',
  async ({ pieces, ends }) => {
    const held = new HeldCrypto({ seal: true });
    const streams = memoryLinks();
    const { server, client } = await pair({
      streams,
      server: {
        crypto: held.provider,
        hooks: { none: () => accept },
        session: async (session) => {
          await session.read();
          held.hold();
          await session.write(data.subarray(0, 1000));
          session.connection.disconnect('that was all');
          await session.read();
          return 0;
        },
      },
    });
    const process = await client.spawn('x');
    const live = connection(server);
    let isEnded = false;
    const said: Uint8Array[] = [];
    const read = (async () => {
      for (;;) said.push((await process.read())!);
    })().finally(() => {
      isEnded = true;
    });
    await process.write(Uint8Array.of(1));
    await held.settle();
    for (let piece = 0; piece < pieces; piece += 1) {
      streams[0].write(new Uint8Array(64 * 1024));
      await held.settle();
    }
    if (ends) streams[0].end();
    await held.settle();
    expect([live.engine!.isClosed, isEnded]).toEqual([true, false]);
    held.release();
    await expect(read).rejects.toThrow(DisconnectedError);
    expect(said).toEqual([data.slice(0, 1000)]);
    expect(await client.closed).toBeInstanceOf(DisconnectedError);
  },
);

test.each(['seal', 'open'] as const)('a snapshot is refused while a promise to %s is pending', async (what) => {
  const held = new HeldCrypto({ [what]: true });
  const { server, client } = await pair({ server: { crypto: held.provider, hooks: { none: () => accept } } });
  await held.settle();
  const live = connection(server);
  held.hold();
  const pong = client.ping();
  await held.settle();
  expect(() => live.snapshot()).toThrow(SnapshotRefusedError);
  expect(() => live.snapshot()).toThrow('packets are being sealed or opened');
  held.release();
  await pong;
  expect(live.snapshot()).toBeInstanceOf(Uint8Array);
});

test.each(['the client', 'the server'])('%s hears all that came before the end of the stream', async (reader) => {
  const records: LogRecord[] = [];
  const links = memoryLinks();
  const isClient = reader === 'the client';
  const { client } = await pair({
    server: {
      crypto: isClient ? noble : batched,
      hooks: { none: () => accept, log: (record) => void records.push(record) },
      session: (session) => {
        void session.write(data);
        session.exit(7);
        session.connection.disconnect('maintenance');
        return new Promise<number>(() => undefined);
      },
    },
    client: { crypto: isClient ? batched : noble },
    streams: isClient ? [unpaused(links[0]), links[1]] : [links[0], unpaused(links[1])],
  });
  if (isClient) {
    const process = await client.spawn('x');
    expect(await readToEnd(process)).toEqual(data);
    expect(await process.exited).toMatchObject({ exitCode: 7 });
    expect(await client.closed).toBeInstanceOf(DisconnectedError);
  } else {
    client.close();
    const closed = { message: 'closed', fields: { error: 'DisconnectedError' } };
    await expect.poll(() => records.at(-1)).toMatchObject(closed);
  }
});

test.each([undefined, new Error('reset')])(
  'an end while packets are opened is the end once they are handled: %s',
  async (reason) => {
    const held = new HeldCrypto({ open: true });
    const [near, far] = memoryLinks();
    const ending = (receiver: LinkReceiver): LinkReceiver => ({
      chunk: (bytes) => receiver.chunk(bytes),
      drain: () => receiver.drain(),
      end: () => receiver.end(reason),
    });
    const stream = { ...unpaused(far), open: (receiver: LinkReceiver) => far.open(ending(receiver)) };
    const { server, client } = await pair({ server: { crypto: held.provider }, streams: [near, stream] });
    const live = connection(server);
    await held.settle();
    held.hold();
    void client.ping().catch(() => undefined);
    await held.settle();
    near.destroy();
    await held.settle();
    expect(server.connections).toHaveLength(1);
    held.release();
    await expect.poll(() => server.connections).toHaveLength(0);
    expect(live.engine!.isClosed).toBe(true);
  },
);

/** A server that opens nothing while the given number of 2 MiB windows is filled, over a link that cannot pause. */
async function flood(windows: number) {
  const held = new HeldCrypto({ open: true });
  const [near, far] = memoryLinks();
  let received = 0;
  const { server, client } = await pair({
    server: {
      crypto: held.provider,
      hooks: { none: () => accept },
      session: async (session) => {
        for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
          received += chunk.length;
        return 0;
      },
    },
    client: { crypto: noble },
    streams: [near, unpaused(far)],
  });
  const processes = await Promise.all(Array.from({ length: windows }, () => client.spawn('x')));
  await held.settle();
  held.hold();
  for (const process of processes) void process.write(new Uint8Array(WINDOW)).catch(() => undefined);
  await held.settle();
  return { held, live: connection(server), near, client, received: () => received };
}

test('where reading cannot be paused, an honest peer may fill all windows while packets are opened', async () => {
  const { held, live, client, received } = await flood(3);
  expect(live.engine!.transport.waiting).toBeGreaterThan(3 * WINDOW);
  held.release();
  while (received() < 3 * WINDOW && !live.engine!.isClosed) await held.settle();
  expect(received()).toBe(3 * WINDOW);
  client.close();
});

test('where reading cannot be paused, no more waits than windows allow', async () => {
  const { live, near, client } = await flood(1);
  let most = 0;
  for (let turn = 0; turn < 100 && !live.engine!.isClosed; turn += 1) {
    most = Math.max(most, live.engine!.transport.waiting);
    near.write(new Uint8Array(64 * 1024));
    await Promise.resolve();
  }
  expect(live.engine!.isClosed).toBe(true);
  expect(most).toBeLessThanOrEqual(1.125 * WINDOW + 1024 * 1024);
  client.close();
});

test('a runtime that fails to seal ends the connection, and whoever waits for it is told why', async () => {
  let fails = false;
  const provider: CryptoProvider = {
    ...batched,
    batchedAesGcm: (key) => {
      const aead = batched.batchedAesGcm!(key);
      return {
        open: (...parameters) => aead.open(...parameters),
        seal: (...parameters) =>
          fails ? Promise.reject(new Error('the runtime is out of keys')) : aead.seal(...parameters),
      };
    },
  };
  const { client } = await pair({ client: { crypto: provider } });
  fails = true;
  await expect(client.ping()).rejects.toMatchObject({ cause: { message: 'the runtime is out of keys' } });
  expect((await client.closed)?.message).toBe('the connection was lost');
});
