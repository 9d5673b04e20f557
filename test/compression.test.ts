/** RFC 4253 §6.2, OpenSSH's PROTOCOL §1.2: compression between two ends of ours, over rekeys and in one direction. */
import { expect, test } from 'vitest';
import {
  accept,
  SnapshotRefusedError,
  type AlgorithmOptions,
  type Client,
  type ServerConnection,
  type Session,
} from '@nacre/core';
import { pair } from '@nacre/core/testing';
import { zlib } from '@nacre/core/zlib';
import { nodeCrypto } from '@nacre/edge/node-crypto';

const NAMES = ['zlib@openssh.com', 'zlib'] as const;
const TEXT = 'mother of pearl '.repeat(4000);

interface Compressing {
  readonly client: Client;
  readonly connection: () => ServerConnection;
  /** Bytes that have crossed the wire: from the client, from the server. */
  readonly carried: { client: number; server: number };
}

async function compressing(client: AlgorithmOptions, server: AlgorithmOptions = client): Promise<Compressing> {
  const carried = { client: 0, server: 0 };
  let connection: ServerConnection | undefined;
  const echo = async (session: Session): Promise<number> => {
    connection = session.connection;
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
      await session.write(chunk);
    return 0;
  };
  const tap = (from: 'first' | 'second', chunk: Uint8Array): Uint8Array => {
    carried[from === 'first' ? 'client' : 'server'] += chunk.length;
    return chunk;
  };
  const ends = await pair({
    server: {
      crypto: nodeCrypto,
      hooks: { none: () => accept },
      session: echo,
      algorithms: { rows: [zlib], ...server },
    },
    client: { crypto: nodeCrypto, algorithms: { rows: [zlib], ...client } },
    link: { tap },
  });
  return { client: ends.client, connection: () => connection!, carried };
}

async function echoes(client: Client, text: string): Promise<void> {
  const { stdout, exitCode } = await client.exec('echo', { stdin: text });
  expect([exitCode, new TextDecoder().decode(stdout) === text]).toEqual([0, true]);
}

test.each(NAMES)('%s: less is carried than is said, in both directions, over rekeys', async (compressions) => {
  const { client, carried } = await compressing({ compressions });
  expect(client.negotiated).toMatchObject({
    clientToServer: { compression: compressions },
    serverToClient: { compression: compressions },
  });
  for (let exchange = 0; exchange < 3; exchange += 1) {
    await echoes(client, TEXT);
    client.rekey();
  }
  await echoes(client, TEXT);
  expect(Math.max(carried.client, carried.server)).toBeLessThan(TEXT.length / 2);
  client.close();
});

test('one direction can be compressed and the other not', async () => {
  const { client, carried } = await compressing(
    { compressions: { serverToClient: 'zlib@openssh.com' } },
    { compressions: '^zlib@openssh.com' },
  );
  expect(client.negotiated?.clientToServer.compression).toBe('none');
  await echoes(client, TEXT);
  expect(carried.client).toBeGreaterThan(TEXT.length);
  expect(carried.server).toBeLessThan(TEXT.length / 2);
  client.close();
});

test('it is offered where a list names it, and by nobody else', async () => {
  const { client } = await compressing({ compressions: '+zlib@openssh.com,zlib' }, {});
  expect(client.negotiated?.clientToServer.compression).toBe('none');
  client.close();
});

test('a connection that compresses is not written down: its state is in functions', async () => {
  const { client, connection } = await compressing({ compressions: 'zlib@openssh.com' });
  await echoes(client, 'text');
  expect(() => connection().snapshot()).toThrow(SnapshotRefusedError);
  expect(() => connection().snapshot()).toThrow(/compress/);
  await echoes(client, 'still here');
  client.close();
});

test.each([...NAMES, 'none'])('%s: a rekey that is asked for before the login comes after it', async (compressions) => {
  const algorithms: AlgorithmOptions = { rows: [zlib], compressions };
  let connection: ServerConnection | undefined;
  const { client } = await pair({
    server: {
      crypto: nodeCrypto,
      algorithms,
      hooks: {
        password: async (attempt) => {
          connection = attempt.connection;
          connection.rekey();
          await Promise.resolve();
          return accept;
        },
      },
      session: async (session) => {
        await session.write(new TextEncoder().encode(TEXT));
        return 0;
      },
    },
    client: { crypto: nodeCrypto, algorithms, credentials: [{ method: 'password', password: 'x' }] },
  });
  const { stdout } = await client.exec('x');
  expect(new TextDecoder().decode(stdout)).toBe(TEXT);
  client.close();
});
