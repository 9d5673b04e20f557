/** A server of ours under test, with an application that echoes and watches who is let in. */
import type { AlgorithmOptions } from '../../packages/core/src/algorithms/choice.js';
import { keyExchanges } from '../../packages/core/src/algorithms/client-table.js';
import type { Engine } from '../../packages/core/src/engine/engine.js';
import { SnapshotRefusedError } from '../../packages/core/src/errors.js';
import type { Hooks } from '../../packages/core/src/server/hooks.js';
import { accept } from '../../packages/core/src/server/verdict.js';
import { createServer } from '../../packages/core/src/server/create-server.js';
import type { Server } from '../../packages/core/src/server/server.js';
import { LiveConnection } from '../../packages/core/src/server/connection.js';
import type { Session, SessionObject } from '../../packages/core/src/server/session/session.js';
import { decodeSnapshot, memoryLedger } from '../../packages/core/src/engine/snapshot.js';
import { equalSnapshots } from './equal-snapshots.js';
import { FuzzStream } from './stream.js';
import { plainCipher, stubCrypto, stubSigner } from './stub-crypto.js';
import { Subject, turn } from './subject.js';

export const plainAlgorithms: AlgorithmOptions = { keyExchanges, ciphers: plainCipher };

export interface ServerSubjectOptions {
  /** Whether anybody gets in, by `none`; otherwise every hook refuses. */
  readonly admits: boolean;
  readonly algorithms?: AlgorithmOptions;
}

const SSH_MSG_USERAUTH_SUCCESS = 52;
const FIRST_OF_CONNECTION = 80;
/** Only this much: a peer may ask for packets of one byte, and each costs as much as a large one. */
const OUTPUT = new Uint8Array(20_000).fill(0x61);

export class ServerSubject extends Subject {
  readonly server: Server;
  readonly #options: ServerSubjectOptions;
  readonly #sessions = new Set<Session>();
  #isAdmitted = false;
  #over: Promise<void> = Promise.resolve();

  constructor(options: ServerSubjectOptions) {
    super();
    this.#options = options;
    this.stream.watch = (payload) => this.#watch(payload);
    this.server = createServer({
      crypto: stubCrypto(true),
      hostKeys: [stubSigner],
      algorithms: options.algorithms ?? plainAlgorithms,
      hooks: this.#hooks(),
      session: this.#object(),
      clock: this.clock,
      ledger: memoryLedger(),
      software: 'fuzz',
    });
  }

  get connection(): LiveConnection | undefined {
    const [connection] = this.server.connections;
    return connection instanceof LiveConnection ? connection : undefined;
  }

  protected get engine(): Engine | undefined {
    return this.connection?.engine;
  }

  async start(): Promise<this> {
    this.#over = this.server.accept(this.stream);
    await turn();
    return this;
  }

  /** Continues a connection from a snapshot. */
  resume(snapshot: Uint8Array): Promise<void> {
    const { onSent, watch } = this.stream;
    this.stream = new FuzzStream();
    this.stream.onSent = onSent;
    this.stream.watch = watch;
    this.stream.reader.identification = 'resumed';
    this.#isAdmitted ||= isLoggedIn(snapshot);
    this.#over = this.server.resume(snapshot, this.stream);
    return this.#over;
  }

  /** The peer leaves, and nothing may be left of it. */
  async finish(): Promise<void> {
    this.stream.hangUp();
    this.clock.advance(200_000);
    await turn();
    this.clock.advance(200_000);
    await turn();
    if (this.server.connections.length > 0) this.report('connection left behind', 'a connection outlives its stream');
    else await this.#over.catch((error: unknown) => this.judge('the connection', error));
    this.check();
  }

  protected override async act(value: number): Promise<void> {
    const { connection } = this;
    switch (value % 10) {
      case 0:
        this.stream.isStalled = true;
        return;
      case 1:
        return this.stream.drain();
      case 2:
        return connection?.rekey();
      case 3:
        for (const session of this.#sessions)
          session.write(OUTPUT).catch((error: unknown) => this.judge('write', error));
        return;
      case 4:
        for (const session of this.#sessions) session.exit(3);
        return;
      case 5:
        return this.#move();
      case 6:
        return this.stream.hangUp();
      case 7:
        return connection?.disconnect('enough');
      case 8:
        // A stream that cannot be paused.
        this.stream.isPaused = false;
        return;
      default:
        for (const session of this.#sessions) session.exitSignal('TERM');
    }
  }

  /** Through a snapshot and back: what comes out must be what went in. */
  async #move(): Promise<void> {
    const first = this.#snapshot();
    if (first === undefined) return;
    await turn();
    this.resume(first).catch((error: unknown) => this.judge('resume', error));
    await turn();
    const second = this.#snapshot();
    if (second === undefined) {
      this.report('snapshot not taken again', 'a connection just resumed gives no snapshot');
      return;
    }
    const before = decodeSnapshot(first);
    // What waited to be written has been sent meanwhile.
    const isQuiet = before.transport.outgoingBytes.length === 0;
    const difference = isQuiet ? equalSnapshots(before, decodeSnapshot(second)) : undefined;
    if (difference !== undefined) this.report(`snapshot differs: ${difference}`, `${difference} changed on the way`);
    await turn();
    this.resume(second).catch((error: unknown) => this.judge('resume', error));
    await turn();
  }

  #snapshot(): Uint8Array | undefined {
    try {
      return this.connection?.snapshot();
    } catch (error) {
      if (!(error instanceof SnapshotRefusedError)) this.judge('snapshot', error);
      return undefined;
    }
  }

  /** Security: a peer that did not log in is not let in, nor answered about channels. */
  #watch(payload: Uint8Array): void {
    const number = payload[0] ?? 0;
    if (number === SSH_MSG_USERAUTH_SUCCESS || number >= FIRST_OF_CONNECTION) this.#requireLogin(`message ${number}`);
  }

  /** Security: the effects of a login must not come before it. */
  #requireLogin(what: string): void {
    if (!this.#isAdmitted) this.report(`${what} before authentication`, `${what}, and nobody had logged in`);
  }

  #hooks(): Hooks {
    const { admits } = this.#options;
    return {
      none: () => (admits ? accept : undefined),
      password: () => undefined,
      authorizedKeys: () => undefined,
      keyboardInteractive: async (_attempt, ask) => {
        await ask({ name: 'a', instruction: 'b', prompts: [{ prompt: 'c', echo: false }] });
        return undefined;
      },
      authenticated: () => {
        if (!admits) this.report('authenticated', 'somebody proved something to hooks that refuse everybody');
        this.#isAdmitted = true;
        return accept;
      },
      command: (session) => {
        this.#requireLogin('command');
        return session.request.type === 'shell' ? (shell) => this.#echo(shell) : undefined;
      },
      log: ({ message }) => {
        if (message === 'logged in') this.#requireLogin('logged in');
      },
    };
  }

  async #echo(session: Session): Promise<number> {
    this.#requireLogin('a session');
    this.#sessions.add(session);
    for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
      await session.write(chunk);
    return 0;
  }

  #object(): SessionObject {
    return {
      open: (session) => {
        this.#requireLogin('a session');
        this.#sessions.add(session);
        session.state = { heard: 0 };
      },
      data: (session, chunk) => session.write(chunk),
      end: (session) => session.exit(0),
      close: (session) => void this.#sessions.delete(session),
    };
  }
}

function isLoggedIn(snapshot: Uint8Array): boolean {
  try {
    return decodeSnapshot(snapshot).progress === 'connection';
  } catch {
    return false;
  }
}
