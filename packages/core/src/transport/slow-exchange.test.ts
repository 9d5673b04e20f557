/** RFC 4253 §7: exchanges with slow computations, in both roles: messages keep their order, faults end the connection. */
import { expect, test } from 'vitest';
import { shareExchange, type ShareFunctions } from '../algorithms/share-exchange.js';
import { keyExchanges } from '../algorithms/table.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { DisconnectReason, KeyExchangeError } from '../errors.js';
import { accept } from '../server/verdict.js';
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
