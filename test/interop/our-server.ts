/** Our server on loopback, over Node's TCP and crypto, with small commands that make the protocol visible. */
import { createHash } from 'node:crypto';
import {
  accept,
  createServer,
  generateKey,
  partial,
  type Hooks,
  type PrivateKey,
  type ServerConnection,
  type ServerOptions,
  type Session,
  type SessionHandler,
  type Signer,
} from '@nacre/core';
import { forwarding, listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import type { Cleanup } from './processes.js';

export interface OurServer {
  readonly port: number;
  readonly hostKeys: readonly PrivateKey[];
  /** Connections as they log in, the latest last. */
  readonly connections: readonly ServerConnection[];
}

export interface OurServerOptions extends Omit<ServerOptions, 'hostKeys' | 'hooks' | 'session'> {
  /** By default one Ed25519 key. */
  readonly hostKeys?: readonly PrivateKey[];
  /** Shown before those: keys with a certificate. */
  readonly certifiedHostKeys?: readonly Signer[];
  /** What clients may forward; nothing by default. */
  readonly forward?: Hooks['forward'];
  /** Replaces the small commands. */
  readonly session?: SessionHandler;
  /** authorized_keys of the users `keys` and `both`. */
  readonly authorizedKeys?: string;
}

/**
 * Users: `guest` needs nothing, `demo` the password `demo`, `otp` answers two questions, `keys` has a key, `both` a key and
 * the password.
 */
export async function startOurServer(cleanup: Cleanup, options: OurServerOptions = {}): Promise<OurServer> {
  const {
    hostKeys = [await generateKey('ssh-ed25519', { crypto: nodeCrypto })],
    certifiedHostKeys = [],
    authorizedKeys = '',
    forward,
    session: handler = serve,
    ...rest
  } = options;
  const connections: ServerConnection[] = [];
  const server = createServer({
    crypto: nodeCrypto,
    ...(forward && { forwarding: forwarding() }),
    ...rest,
    hostKeys: [...certifiedHostKeys, ...hostKeys],
    hooks: { ...users(authorizedKeys), ...(forward && { forward }), log: ({ message }) => void message },
    session: (session) => {
      if (!connections.includes(session.connection)) connections.push(session.connection);
      return handler(session);
    },
  });
  const listener = await listen(server, { port: 0 });
  cleanup(async () => {
    await listener.close();
  });
  cleanup(() => server.close());
  return { port: listener.port, hostKeys, connections };
}

function users(authorizedKeys: string): Hooks {
  return {
    none: ({ user }) => (user === 'guest' ? accept : undefined),
    password: ({ user }, password) => (['demo', 'both'].includes(user) && password === 'demo' ? accept : undefined),
    authorizedKeys: ({ user }) => (['keys', 'both'].includes(user) ? authorizedKeys : undefined),
    keyboardInteractive: async ({ user }, ask) => {
      // Clients try this method before the password: a user without answers must not be asked.
      if (user !== 'otp') return undefined;
      const prompts = [
        { prompt: 'Password: ', echo: false },
        { prompt: 'Token: ', echo: true },
      ];
      const answers = await ask({ instruction: 'Two questions', prompts });
      return answers.join() === 'demo,123456' ? accept : undefined;
    },
    authenticated: ({ user, method }) => (user === 'both' && method === 'publickey' ? partial(['password']) : accept),
  };
}

type Command = (session: Session, words: readonly string[]) => Promise<number | void>;

const commands: Readonly<Record<string, Command>> = {
  echo: (session, words) => session.print(`${words.join(' ')}\n`),
  /** Copies stdin to stdout. */
  async cat(session) {
    await copy(session);
  },
  /** Both outputs and a status. */
  async both(session, [status = '0']) {
    await session.print('to stdout\n');
    await session.writeError(Buffer.from('to stderr\n'));
    return Number(status);
  },
  env: (session, [name = '']) => session.print(`${name}=${session.env.get(name) ?? ''}\n`),
  async die(session) {
    session.exitSignal('KILL', { message: 'as asked' });
  },
  /** Writes the given number of MiB of zeros. */
  async zero(session, [mebibytes = '1']) {
    const chunk = new Uint8Array(64 * 1024);
    for (let sent = 0; sent < Number(mebibytes) * 16; sent += 1) await session.write(chunk);
  },
  /** Counts stdin and hashes it. */
  async sink(session) {
    const hash = createHash('sha256');
    let length = 0;
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
      hash.update(chunk);
      length += chunk.length;
    }
    await session.print(`${length} ${hash.digest('hex')}\n`);
  },
  negotiated: (session) => session.print(`${JSON.stringify(session.connection.negotiated)}\n`),
  /** Announces itself, then waits for the end of stdin. */
  async wait(session) {
    await session.print('waiting\n');
    while ((await session.read()) !== undefined);
  },
};

async function serve(session: Session): Promise<number | void> {
  const { request } = session;
  if (request.type === 'shell') return shell(session);
  if (request.type === 'subsystem') return request.name === 'copy' ? copy(session) : 1;
  const [name = '', ...words] = request.command.split(' ');
  return commands[name]?.(session, words) ?? 127;
}

async function copy(session: Session): Promise<void> {
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) await session.write(chunk);
}

/** Shows the terminal, its sizes as they change, breaks, and every key as bytes; `q` ends it with status 3. */
async function shell(session: Session): Promise<number> {
  const { term = 'none', columns = 0, rows = 0, modes = {} } = session.pty ?? {};
  await session.print(`pty ${term} ${columns}x${rows} VEOF=${modes.VEOF} ECHO=${modes.ECHO}\n`);
  void (async () => {
    for await (const size of session.resizes) await session.print(`resized ${size.columns}x${size.rows}\n`);
  })();
  void (async () => {
    for await (const length of session.breaks) await session.print(`break ${length}\n`);
  })();
  for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read()) {
    await session.print(`keys ${Buffer.from(chunk).toString('hex')}\n`);
    if (chunk.includes(0x71)) return 3;
  }
  return 0;
}
