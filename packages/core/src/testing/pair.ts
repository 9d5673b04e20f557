/** A Nacre server and client, wired in memory. */
import { connect, type Client } from '../client/client.js';
import { acceptAnyHostKey, type ConnectOptions } from '../client/options.js';
import { accept } from '../server/verdict.js';
import { generateKey } from '../keys/index.js';
import type { ByteLink, Duplex } from '../link.js';
import { createServer } from '../server/create-server.js';
import type { Server } from '../server/server.js';
import type { ServerOptions } from '../server/options.js';
import { memoryLinks, type MemoryLinkOptions } from './memory-link.js';

export interface PairOptions {
  /** By default everyone is admitted by `none`. */
  readonly server?: ServerOptions;
  readonly client?: Partial<ConnectOptions>;
  readonly link?: MemoryLinkOptions;
  /** The client's and the server's end of a stream of your own, instead of one in memory. */
  readonly streams?: readonly [Duplex | ByteLink, Duplex | ByteLink];
}

export interface Pair {
  readonly server: Server;
  readonly client: Client;
}

/** Connects and logs in. @throws what `connect` throws. */
export async function pair(options: PairOptions = {}): Promise<Pair> {
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    hooks: { none: () => accept },
    ...options.server,
  });
  const [near, far] = options.streams ?? memoryLinks(options.link);
  void server.accept(far);
  const client = await connect(near, {
    user: 'test',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [{ method: 'none' }],
    ...options.client,
  });
  return { server, client };
}
