/** A server for client tests: any user with one password, questions with answers, small commands, in memory or on a port. */
import { connect, type Client } from '../client/client.js';
import { acceptAnyHostKey, type ConnectOptions } from '../client/options.js';
import { systemClock } from '../driver.js';
import { ConfigurationError } from '../errors.js';
import type { Hooks } from '../server/hooks.js';
import { generateKey } from '../keys/index.js';
import type { LogRecord } from '../server/log/log.js';
import { createServer } from '../server/create-server.js';
import type { Server } from '../server/server.js';
import { DEFAULT_SERVER_LIMITS, type ServerOptions } from '../server/options.js';
import type { Session } from '../server/session/session.js';
import { trace, type TraceLevel } from '../server/log/trace.js';
import { accept } from '../server/verdict.js';
import { commands, runCommand, runShell, type Command } from './commands.js';
import { memoryLinks } from './memory-link.js';
import { formatTimeline, Timeline, type TimelineEntry } from './timeline.js';

/** A question of keyboard-interactive, and its answer. */
export interface TestPrompt {
  readonly prompt: string;
  readonly answer: string;
  readonly echo?: boolean;
}

/** A listener of an adapter: `(server) => listen(server, { port: 0 })` of `@nacre/edge/node`. */
export type TestListener = (
  server: Server,
) => Promise<{ readonly host: string; readonly port: number; close(): unknown }>;

export interface TestServerOptions {
  /** Logs any user in; `secret` by default. */
  readonly password?: string;
  /** Users with individual passwords, instead of any user. */
  readonly users?: Readonly<Record<string, string>>;
  /** authorized_keys text, for any user or per user. */
  readonly keys?: string | Readonly<Record<string, string>>;
  /** Also logs users in by the method `none`. */
  readonly allowNone?: boolean;
  /** Methods to offer, instead of all that can succeed. */
  readonly authMethods?: readonly string[];
  /** The prompts of keyboard-interactive; by default `Password:` and `Token:`, answered `foo` and `bar`. */
  readonly prompts?: readonly TestPrompt[];
  /** Runs commands: named ones, which add to and override the built-in ones, or a function for all. */
  readonly exec?: Readonly<Record<string, Command>> | ((session: Session, command: string) => Promise<number> | number);
  /** Allows every kind of forwarding: `forwarding()` of an adapter. */
  readonly forwarding?: ServerOptions['forwarding'];
  /** Also serves on a port, for other clients. */
  readonly listen?: TestListener;
  /** Receives each line of the timeline as it happens, for example `console.error`. */
  readonly verbose?: (line: string) => void;
  /** How detailed the timeline is; `requests` by default. */
  readonly trace?: TraceLevel;
  /**
   * Further options of the server; its hooks are asked before those of the test server. Failures are not penalised,
   * unless `limits` has penalties.
   */
  readonly server?: ServerOptions;
}

const DEFAULT_PASSWORD = 'secret';
/** The client under test fails on purpose, many times at once: it is not turned away for that. */
const PATIENCE = { penalties: false, unauthenticatedFromSource: DEFAULT_SERVER_LIMITS.unauthenticated } as const;
export const DEFAULT_PROMPTS: readonly TestPrompt[] = [
  { prompt: 'Password:', answer: 'foo' },
  { prompt: 'Token:', answer: 'bar' },
];

/** Creates a server, and listens if a listener is given. @throws ConfigurationError for invalid options. */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = options.server?.clock ?? systemClock;
  const timeline = new Timeline(clock, options.verbose);
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    session: (session) => run(session, options),
    ...(options.forwarding && { forwarding: options.forwarding }),
    ...options.server,
    limits: { ...PATIENCE, ...options.server?.limits },
    hooks: testHooks(options, (record) => timeline.add(record)),
  });
  const listener = await options.listen?.(server);
  return new TestServer(server, timeline, options, listener);
}

export class TestServer {
  readonly server: Server;
  /** Where it listens, if it does. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  readonly #timeline: Timeline;
  readonly #password: string;
  readonly #listener: Awaited<ReturnType<TestListener>> | undefined;

  constructor(
    server: Server,
    timeline: Timeline,
    { password = DEFAULT_PASSWORD }: TestServerOptions,
    listener: Awaited<ReturnType<TestListener>> | undefined,
  ) {
    this.server = server;
    this.address = listener && { host: listener.host, port: listener.port };
    this.#timeline = timeline;
    this.#password = password;
    this.#listener = listener;
  }

  /** What has happened. */
  get timeline(): readonly TimelineEntry[] {
    return this.#timeline.entries;
  }

  /** The timeline as text. */
  printTimeline(): string {
    return formatTimeline(this.timeline);
  }

  /** A Nacre client, in memory, logged in with the password unless `options` say otherwise. @throws what `connect` throws. */
  connect(options: Partial<ConnectOptions> = {}): Promise<Client> {
    const [near, far] = memoryLinks();
    void this.server.accept(far);
    return connect(near, {
      user: 'test',
      verifyHostKey: acceptAnyHostKey(() => undefined),
      credentials: [{ method: 'password', password: this.#password }],
      ...options,
    });
  }

  /** Ends it; with `grace`, in ms, sessions may finish first. */
  async close(grace?: number): Promise<void> {
    // Some listeners close only once their connections have.
    const stopped = this.#listener?.close();
    await this.server.close(grace === undefined ? {} : { graceful: true, deadline: grace });
    await stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function testHooks(options: TestServerOptions, log: (record: LogRecord) => void): Hooks {
  const {
    password = DEFAULT_PASSWORD,
    users,
    keys,
    allowNone = false,
    authMethods,
    prompts = DEFAULT_PROMPTS,
  } = options;
  if (prompts.length === 0)
    throw new ConfigurationError('prompts: give one at least, or leave keyboard-interactive out of authMethods');
  const own = options.server?.hooks;
  return {
    ...(allowNone && { none: () => accept }),
    ...(authMethods && { methods: () => authMethods }),
    password: ({ user }, given) => {
      const expected = users === undefined ? password : Object.hasOwn(users, user) ? users[user] : undefined;
      return given === expected ? accept : undefined;
    },
    ...(keys !== undefined && {
      authorizedKeys: ({ user }) =>
        typeof keys === 'string' ? keys : Object.hasOwn(keys, user) ? keys[user] : undefined,
    }),
    keyboardInteractive: async (_attempt, ask) => {
      const answers = await ask({ prompts: prompts.map(({ prompt, echo = false }) => ({ prompt, echo })) });
      return prompts.every(({ answer }, index) => answers[index] === answer) ? accept : undefined;
    },
    ...(options.forwarding && { forward: () => accept }),
    ...own,
    message: trace(options.trace ?? 'requests', own?.message),
    log: (record) => {
      log(record);
      return own?.log?.(record);
    },
  };
}

async function run(session: Session, { exec }: TestServerOptions): Promise<number> {
  const { request, connection } = session;
  const command = request.type === 'exec' ? request.command : undefined;
  connection.log(6, 'session', 'began', { request: request.type, pty: session.pty !== undefined });
  const status = await serve(session, command, exec);
  connection.log(6, 'session', 'ended', { request: request.type, status });
  return status;
}

function serve(
  session: Session,
  command: string | undefined,
  exec: TestServerOptions['exec'],
): Promise<number> | number {
  if (typeof exec === 'function' && command !== undefined) return exec(session, command);
  const table = typeof exec === 'object' ? { ...commands, ...exec } : commands;
  return command === undefined ? runShell(session, table) : runCommand(session, command, table);
}
