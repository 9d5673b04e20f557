/** A client that sends what it is told: legal up to a point, and then whatever a case is about. */
import {
  accept,
  ciphers,
  createServer,
  generateKey,
  keyExchanges,
  macs,
  signatures,
  type LinkReceiver,
  type LogRecord,
  type Server,
  type ServerOptions,
} from '@nacre/core';
import { noble } from '@nacre/core/crypto';
import { ManualClock, memoryLinks } from '@nacre/core/testing';
import { encodeKexinit } from '../../packages/core/src/transport/negotiation.js';
import { DEFAULT_REKEY_LIMITS } from '../../packages/core/src/transport/rekey.js';
import { SSH_MSG_DISCONNECT } from '../../packages/core/src/transport/messages.js';
import type { TransportOptions } from '../../packages/core/src/transport/options.js';
import { Transport } from '../../packages/core/src/transport/transport.js';

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets everything that is under way come to rest. */
export async function settle(): Promise<void> {
  for (let index = 0; index < 12; index += 1) await turn();
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `str(x)` of the case descriptions. */
export function str(value: Uint8Array | string): Uint8Array {
  const content = typeof value === 'string' ? bytes(value) : value;
  return concat(uint32(content.length), content);
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A server under test, what its application was asked, and its log. */
export interface Subject {
  readonly server: Server;
  readonly clock: ManualClock;
  readonly log: LogRecord[];
  /** Names of hooks and handlers in the order of their calls. */
  readonly calls: string[];
}

export async function subject(options: Partial<ServerOptions> = {}): Promise<Subject> {
  const log: LogRecord[] = [];
  const calls: string[] = [];
  const clock = new ManualClock();
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    clock,
    session: async (session) => {
      calls.push('session');
      for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
        await session.write(chunk);
      return 0;
    },
    ...options,
    hooks: {
      none: ({ user }) => {
        calls.push('none');
        return user === 'guest' ? accept : undefined;
      },
      password: (_attempt, password) => {
        calls.push('password');
        return password === 'right' ? accept : undefined;
      },
      log: (record) => void log.push(record),
      ...options.hooks,
    },
  });
  return { server, clock, log, calls };
}

export interface RawOptions {
  readonly cipher?: string;
  readonly mac?: string;
  /** Sends in pieces of this many bytes. */
  readonly chunkSize?: number;
  readonly remoteAddress?: string;
}

/** What the server said last: the reason of its DISCONNECT, `closed` without one, or nothing yet. */
export type End = number | 'closed' | undefined;

/** Connects to a server under test with a transport of our own that obeys. */
export class RawPeer {
  readonly transport: Transport;
  readonly received: Uint8Array[] = [];
  end: End;
  isClosed = false;
  readonly #link: ReturnType<typeof memoryLinks>[0];
  #isServiceReady = false;
  #isHandling = false;

  constructor(server: Server, options: RawOptions = {}) {
    const { chunkSize, remoteAddress = '127.0.0.1' } = options;
    const [near, far] = memoryLinks({ ...(chunkSize === undefined ? {} : { chunkSize }), peer: { remoteAddress } });
    this.#link = near;
    void server.accept(far);
    this.transport = new Transport(
      transportOptions(options),
      { established: () => undefined, serviceRequest: () => undefined, serviceAccept: () => this.#accepted() },
      0,
    );
    const receiver: LinkReceiver = {
      chunk: (chunk) => this.#receive(chunk),
      end: () => {
        this.isClosed = true;
        if (!this.#isHandling) this.end ??= 'closed';
      },
      drain: () => undefined,
    };
    near.open(receiver);
  }

  /** Sends bytes as they are. */
  raw(chunk: Uint8Array): void {
    this.#link.write(chunk);
  }

  /** Sends a payload in a legal packet under the keys of the moment. */
  send(...payload: readonly (Uint8Array | readonly number[])[]): void {
    const whole = concat(...payload);
    this.transport.sendInPlace(whole.length, (writer) => writer.fixed(whole));
    this.flush();
  }

  /** A packet sealed with the keys of the moment, not sent. */
  seal(payload: Uint8Array): Uint8Array {
    this.transport.sendInPlace(payload.length, (writer) => writer.fixed(payload));
    return this.transport.take();
  }

  /** The KEXINIT of a rekey, not sent. */
  kexinit(): Uint8Array {
    return encodeKexinit(this.transport.options.tables, ['ssh-ed25519'], [], new Uint8Array(16));
  }

  flush(): void {
    if (this.transport.outgoingLength > 0) this.#link.write(this.transport.take());
  }

  /** The whole first key exchange. */
  async exchange(): Promise<this> {
    this.flush();
    await settle();
    if (this.transport.sessionId === undefined) throw new Error('the key exchange did not finish');
    return this;
  }

  /** KX and SR of the case descriptions. */
  async requestService(): Promise<this> {
    await this.exchange();
    this.send([5], str('ssh-userauth'));
    await settle();
    if (!this.#isServiceReady) throw new Error('no SERVICE_ACCEPT');
    return this;
  }

  /** AUTH: a legal login. */
  async login(): Promise<this> {
    await this.requestService();
    this.send([50], str('guest'), str('ssh-connection'), str('none'));
    await settle();
    if (this.received.at(-1)?.[0] !== 52) throw new Error('no SUCCESS');
    return this;
  }

  /** ECHO: a session channel that echoes; its remote id is 0. */
  async echo(): Promise<this> {
    await this.login();
    this.send([90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
    await settle();
    this.send([98], uint32(0), str('exec'), [1], str('echo'));
    await settle();
    if (this.received.at(-1)?.[0] !== 99) throw new Error('no CHANNEL_SUCCESS');
    return this;
  }

  /** Reads nothing more, until `read`. */
  stall(): void {
    this.#link.pause();
  }

  read(): void {
    this.#link.resume();
  }

  close(): void {
    this.#link.destroy();
  }

  #accepted(): undefined {
    this.#isServiceReady = true;
  }

  #receive(chunk: Uint8Array): void {
    this.transport.receive(chunk, 0);
    if (!this.#isHandling) void this.#run();
  }

  /** Handles one payload after another; one that takes time holds up the next, as in the engine. */
  async #run(): Promise<void> {
    this.#isHandling = true;
    for (let view = this.transport.next(); view !== undefined; view = this.transport.next()) {
      if (this.end !== undefined) throw new Error(`message ${view[0]} after the end`);
      const payload = view.slice();
      this.received.push(payload);
      const number = payload[0]!;
      if (number === SSH_MSG_DISCONNECT.number) this.end = SSH_MSG_DISCONNECT.decode(payload).reasonCode;
      else if (number > 3 && number < 50) await this.transport.handle(payload);
      this.flush();
    }
    this.#isHandling = false;
    if (this.isClosed) this.end ??= 'closed';
  }
}

function transportOptions({ cipher = 'aes128-ctr', mac = 'hmac-sha2-256' }: RawOptions): TransportOptions {
  return {
    role: 'client',
    crypto: noble,
    tables: {
      keyExchanges: { 'curve25519-sha256': keyExchanges['curve25519-sha256'] },
      signatures,
      ciphers: { [cipher]: ciphers[cipher as keyof typeof ciphers] },
      macs: { [mac]: macs[mac as keyof typeof macs] },
    },
    software: 'test',
    hostKeys: [],
    verifyHostKey: () => undefined,
    rekey: DEFAULT_REKEY_LIMITS,
    allowPrefixTruncation: true,
  };
}
