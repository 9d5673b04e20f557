/** Test support: a playground and its visitors, wired in memory. */
import {
  acceptAnyHostKey,
  connect,
  generateKey,
  type Client,
  type Credential,
  type PtyOptions,
  type RemoteProcess,
} from '@nacre/core';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { createPlayground, type PlaygroundOptions } from '../app.js';

export interface Playground {
  /** Logs in. @throws AuthenticationError if that fails. */
  visit(user?: string, ...credentials: readonly Credential[]): Promise<Client>;
}

export const password = (text: string): Credential => ({ method: 'password', password: text });

export async function openPlayground(options: Partial<PlaygroundOptions> = {}): Promise<Playground> {
  const hostKeys = [await generateKey('ssh-ed25519', { crypto: nodeCrypto })];
  const server = createPlayground({ hostKeys, crypto: nodeCrypto, ...options });
  return {
    visit: (user = 'demo', ...credentials) => {
      const [near, far] = memoryLinks();
      void server.accept(far);
      return connect(near, {
        user,
        crypto: nodeCrypto,
        verifyHostKey: acceptAnyHostKey(() => undefined),
        credentials: credentials.length > 0 ? credentials : [password('demo')],
      });
    },
  };
}

const decoder = new TextDecoder();

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

/** Runs a command. @returns its output as text. */
export async function run(client: Client, command: string, stdin?: string | Uint8Array): Promise<Outcome> {
  const result = await client.exec(command, stdin === undefined ? {} : { stdin });
  return { ...result, stdout: decoder.decode(result.stdout), stderr: decoder.decode(result.stderr) };
}

/** A person at a terminal. */
export class Visitor {
  readonly process: RemoteProcess;
  /** Everything the terminal was sent, without colours. */
  shown = '';
  #unseen = '';
  #raw = '';

  private constructor(process: RemoteProcess) {
    this.process = process;
  }

  /** Opens a shell and waits for its prompt. */
  static async open(client: Client, pty: PtyOptions = {}): Promise<Visitor> {
    const visitor = new Visitor(await client.shell({ pty }));
    await visitor.sees('$ ');
    return visitor;
  }

  /** A command with a terminal. */
  static async start(client: Client, command: string, pty: PtyOptions = {}): Promise<Visitor> {
    return new Visitor(await client.spawn(command, { pty }));
  }

  /** Everything the terminal was sent. */
  get raw(): string {
    return this.#raw;
  }

  type(text: string): Promise<void> {
    return this.process.write(text);
  }

  /** Waits until `text` is shown, after what was already seen. @throws Error if the session ends first. */
  async sees(text: string): Promise<string> {
    for (;;) {
      const index = this.#unseen.indexOf(text);
      if (index >= 0) {
        const seen = this.#unseen.slice(0, index + text.length);
        this.#unseen = this.#unseen.slice(index + text.length);
        return seen;
      }
      const chunk = await this.process.read();
      if (chunk === undefined) throw new Error(`the session ended before "${text}" was seen, after: ${this.shown}`);
      const output = decoder.decode(chunk, { stream: true });
      this.#raw += output;
      const plain = output.replaceAll(/\u001b\[[0-9;?]*[a-zA-Z]/g, '');
      this.shown += plain;
      this.#unseen += plain;
    }
  }

  /** Types a line and waits for its output and the next prompt. @returns what is between them. */
  async enter(line: string): Promise<string> {
    await this.type(`${line}\r`);
    await this.sees('\r\n');
    const output = await this.sees('$ ');
    return output.slice(0, output.lastIndexOf('demo@nacre')).replaceAll('\r\n', '\n');
  }
}
