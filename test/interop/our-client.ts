/** Our client over Node's TCP and crypto. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, parseKnownHosts, formatPublicKey, type Client, type ConnectOptions } from '@nacre/core';
import { fromSocket } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import type { Cleanup } from './processes.js';
import { USER, type StockServer } from './stock-servers.js';

/** Connects, knowing the server's host keys. */
export async function connectTo(
  cleanup: Cleanup,
  { port, hostKeys }: StockServer,
  options: Partial<ConnectOptions>,
): Promise<Client> {
  const known = hostKeys.map((key) => `[127.0.0.1]:${port} ${formatPublicKey(key.public)}`).join('\n');
  const socket = connectTcp({ host: '127.0.0.1', port });
  cleanup(() => void socket.destroy());
  await once(socket, 'connect');
  const client = await connect(fromSocket(socket), {
    user: USER,
    verifyHostKey: parseKnownHosts(known).verify('127.0.0.1', port),
    crypto: nodeCrypto,
    ...options,
  });
  cleanup(() => client.close());
  return client;
}
