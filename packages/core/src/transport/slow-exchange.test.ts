/** RFC 4253 §7: exchanges with slow computations, in both roles: messages keep their order, faults end the connection. */
import { expect, test } from 'vitest';
import { shareExchange, type ShareFunctions } from '../algorithms/share-exchange.js';
import { keyExchanges } from '../algorithms/table.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { connect } from '../client/client.js';
import { DisconnectReason, KeyExchangeError } from '../errors.js';
import { generateKey } from '../keys/index.js';
import { createServer } from '../server/create-server.js';
import { accept } from '../server/verdict.js';
import { memoryLinks } from '../testing/memory-link.js';
import { pair } from '../testing/pair.js';

const fast: ShareFunctions = keyExchanges['curve25519-sha256'];

/** Resolves after this many turns of the event loop. */
async function later<T>(value: T): Promise<T> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => void setTimeout(resolve, 0));
  return value;
}

const slow = shareExchange<CryptoProvider>({
  ...fast,
  initiate: async (crypto) => later(await fast.initiate(crypto)),
  finish: async (crypto, secret, share) => later(await fast.finish(crypto, secret, share)),
  respond: async (crypto, share) => later(await fast.respond(crypto, share)),
});
const algorithms = { keyExchanges: { 'curve25519-sha256': slow } };

test.each([
  [13, 50_000],
  [16_384, 200_000],
])('rekeys while data flows both ways, in pieces of %d bytes', async (chunkSize, length) => {
  const { client } = await pair({
    server: {
      hooks: { none: () => accept },
      algorithms,
      rekey: { bytes: 20_000 },
      session: async (session) => {
        for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
          await session.write(chunk);
        }
        return 0;
      },
    },
    client: { algorithms, rekey: { bytes: 30_000 } },
    link: { chunkSize },
  });
  const stdin = Uint8Array.from({ length }, (_, index) => index % 251);
  const { stdout, exitCode } = await client.exec('echo', { stdin });
  expect(exitCode).toBe(0);
  expect(Buffer.from(stdout).equals(stdin)).toBe(true);
  client.close();
});

const failing = (part: 'initiate' | 'finish' | 'respond') => ({
  keyExchanges: {
    'curve25519-sha256': shareExchange<CryptoProvider>({
      ...slow,
      [part]: async () => {
        await later(undefined);
        throw new KeyExchangeError(`${part} failed`);
      },
    }),
  },
});

test.each(['initiate', 'finish'] as const)('a client whose %s rejects says so, and logs nobody in', async (part) => {
  const attempt = pair({
    server: { hooks: { none: () => accept }, algorithms },
    client: { algorithms: failing(part) },
  });
  await expect(attempt).rejects.toThrow(`${part} failed`);
});

test('a server whose respond rejects ends the connection with reason 3', async () => {
  const server = { hooks: { none: () => accept }, algorithms: failing('respond') };
  const attempt = pair({ server, client: { algorithms } });
  await expect(attempt).rejects.toMatchObject({ reason: DisconnectReason.KEY_EXCHANGE_FAILED });
});

test('what came right behind the keys of a rekey is read, even if the stream has ended meanwhile', async () => {
  const [near, far] = memoryLinks();
  // Like a WebSocket, which cannot pause.
  near.pause = () => undefined;
  let isStalled = false;
  let compute: () => void = () => undefined;
  const released = new Promise<void>((resolve) => void (compute = resolve));
  let written: () => void = () => undefined;
  const allWritten = new Promise<void>((resolve) => void (written = resolve));
  const stalling = shareExchange<CryptoProvider>({
    ...fast,
    finish: async (crypto, secret, share) => {
      if (isStalled) await released;
      return fast.finish(crypto, secret, share);
    },
  });
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: { none: () => accept },
    rekey: { bytes: 20_000 },
    session: async (session) => {
      isStalled = true;
      for (let count = 0; count < 3; count += 1) await session.write(new Uint8Array(15_000));
      written();
      return 0;
    },
  });
  void server.accept(far);
  const client = await connect(near, {
    user: 'u',
    verifyHostKey: () => true,
    credentials: [{ method: 'none' }],
    algorithms: { keyExchanges: { 'curve25519-sha256': stalling } },
  });
  const result = client.exec('count');
  await allWritten;
  await later(undefined);
  far.end();
  await later(undefined);
  compute();
  const { stdout, exitCode } = await result;
  expect([stdout.length, exitCode]).toEqual([45_000, 0]);
});
