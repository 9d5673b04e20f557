/** A session whose server's side can be written down and continued elsewhere between any two bytes. */
import {
  acceptAnyHostKey,
  connect,
  createServer,
  SnapshotRefusedError,
  type ByteLink,
  type Client,
  type LinkReceiver,
  type Server,
  type Signer,
} from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import type { LiveConnection } from '../packages/core/src/server/connection.js';
import { snapshotServerOptions } from './snapshot-session.js';

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A stream whose far end can be moved from one server to another between two bytes. */
export class MovableStream {
  readonly client: ByteLink;
  readonly server: ByteLink;
  toServer: ((bytes: Uint8Array) => void) | undefined;
  readonly fromClient: Uint8Array[] = [];
  #client: LinkReceiver | undefined;
  #server: LinkReceiver | undefined;

  constructor() {
    const none = (): void => undefined;
    const common = { pause: none, resume: none, end: none, destroy: none };
    this.client = {
      ...common,
      open: (receiver) => (this.#client = receiver),
      write: (bytes) => this.fromClient.push(bytes.slice()) > 0,
    };
    this.server = {
      ...common,
      open: (receiver) => {
        this.#server = receiver;
        this.toServer = (bytes) => this.#server?.chunk(bytes);
      },
      write: (bytes) => {
        this.toClient(bytes.slice());
        return true;
      },
    };
  }

  readonly toClient = (bytes: Uint8Array): void => this.#client?.chunk(bytes);
}

export interface Transcript {
  readonly output: string;
  readonly exitCode: number | undefined;
}

/** What the client does: a wrong password, the right one, a shell, data both ways, rekeys from both sides, the end. */
export async function useShell(link: ByteLink): Promise<Transcript> {
  const client: Client = await connect(link, {
    user: 'ada',
    crypto: nodeCrypto,
    verifyHostKey: acceptAnyHostKey(() => undefined),
    credentials: [
      { method: 'none' },
      { method: 'password', password: 'wrong' },
      { method: 'password', password: 'right' },
    ],
  });
  const shell = await client.shell({ pty: { columns: 80, rows: 24 }, env: { LANG: 'C' } });
  let output = '';
  const until = async (text: string): Promise<void> => {
    while (!output.includes(text)) output += new TextDecoder().decode(await shell.read());
  };
  await until('$ ');
  await shell.write('hello\n');
  await until('1 hello');
  shell.resize(100, 30);
  await until('resized');
  client.rekey();
  await shell.write('half a li');
  await shell.write('ne\nrekey\n');
  await until('3 rekey');
  shell.kill('USR1');
  await until('signal USR1');
  await shell.write('after\n');
  await until('4 after');
  await shell.write('exit 3\n');
  for (let chunk = await shell.read(); chunk !== undefined; chunk = await shell.read())
    output += new TextDecoder().decode(chunk);
  const { exitCode } = await shell.exited;
  client.close();
  return { output, exitCode };
}

/** Asks the one connection of a server for a snapshot. */
export function take(server: Server): Uint8Array | SnapshotRefusedError {
  try {
    return server.connections[0]!.snapshot();
  } catch (error) {
    if (error instanceof SnapshotRefusedError) return error;
    throw error;
  }
}

interface Run extends Transcript {
  readonly messages: number;
  readonly moved: boolean;
  readonly refusal: string | undefined;
  readonly size: number;
}

/** Hands a snapshot over. @returns where the client's bytes go from now on. */
type Move = (snapshot: Uint8Array, toClient: (bytes: Uint8Array) => void) => Promise<(bytes: Uint8Array) => void>;

/** One session, byte by byte; after message `move.after` the server's side moves, if it can. */
export async function run(hostKey: Signer, move?: { readonly after: number; readonly to: Move }): Promise<Run> {
  const stream = new MovableStream();
  const server = createServer(snapshotServerOptions(hostKey));
  void server.accept(stream.server);
  let isDone = false;
  const session = useShell(stream.client).finally(() => (isDone = true));
  let moved = false;
  let refusal: string | undefined;
  let size = 0;
  let messages = 0;
  while (!isDone) {
    await turn();
    const chunk = stream.fromClient.shift();
    if (chunk === undefined || stream.toServer === undefined) continue;
    for (let index = 0; index < chunk.length; index += 1) {
      stream.toServer(chunk.slice(index, index + 1));
      if (moved) {
        stream.toServer(chunk.slice(index + 1));
        break;
      }
      const before = messages;
      const { engine } = (server.connections[0] ?? {}) as LiveConnection;
      while (engine?.isPaused) await turn();
      messages = engine?.messagesReceived ?? messages;
      if (messages === before || messages !== move?.after) continue;
      await turn();
      await turn();
      const snapshot = take(server);
      if (snapshot instanceof SnapshotRefusedError) {
        refusal = snapshot.refusal;
        continue;
      }
      size = snapshot.length;
      moved = true;
      stream.toServer = await move.to(snapshot, stream.toClient);
    }
  }
  return { ...(await session), messages, moved, refusal, size };
}
