/** A session over every exchange, and over every cipher with every MAC. */
import { expect, test } from 'vitest';
import { keyExchanges } from '../algorithms/client-table.js';
import { ciphers, macs } from '../algorithms/table.js';
import type { Session } from '../server/session/session.js';
import { accept } from '../server/verdict.js';
import { pair } from '../testing/index.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const echo = async (session: Session): Promise<number> => {
  await session.writeError(new TextEncoder().encode('err'));
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) await session.write(chunk);
  return 7;
};

const suites = [
  ...Object.keys(keyExchanges).map((name) => [name, 'aes128-gcm@openssh.com', 'hmac-sha2-256'] as const),
  ...Object.keys(ciphers).flatMap((cipher) =>
    Object.keys(macs).map((mac) => ['curve25519-sha256', cipher, mac] as const),
  ),
];

test.each(suites)('%s, %s, %s: a command, its input, both outputs and its status', async (kex, cipher, mac) => {
  const pick = <T extends Record<string, unknown>>(table: T, name: string): T => ({ [name]: table[name] }) as T;
  const algorithms = { keyExchanges: pick(keyExchanges, kex), ciphers: pick(ciphers, cipher), macs: pick(macs, mac) };
  const { client } = await pair({
    server: { hooks: { none: () => accept }, session: echo, algorithms },
    link: { chunkSize: 7 },
  });
  expect(client.negotiated).toMatchObject({ keyExchange: kex, clientToServer: { cipher } });
  const result = await client.exec('echo', { stdin: 'in' });
  expect({ ...result, stdout: text(result.stdout), stderr: text(result.stderr) }).toEqual({
    stdout: 'in',
    stderr: 'err',
    exitCode: 7,
    signal: undefined,
  });
  client.close();
});
