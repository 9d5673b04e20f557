/** RFC 4253, 4252, 4254 as a client in the page: a WebSocket, a checked host key, a login, a shell with a terminal. */
import {
  AuthenticationError,
  connect,
  fromWebSocket,
  HostKeyError,
  type Client,
  type Credential,
  type OfferedHostKey,
  type RemoteProcess,
} from '@nacre/core';
import { browserCrypto, browserWebSocket, openWebSocket, pixelSize } from '@nacre/web-terminal';
import type { Terminal } from '@xterm/xterm';
import { answerQuestions, askAboutHostKey } from './dialogs.js';
import { judge, knownKeyTypes, serverName, trust } from './known-servers.js';

export interface Login {
  readonly url: URL;
  readonly user: string;
  readonly password: string;
}

/** The key differs from the trusted one, or was revoked. The user cannot override this. */
export class HostKeyChangedError extends Error {
  readonly key: OfferedHostKey;

  constructor(key: OfferedHostKey) {
    super('the host key has changed');
    this.key = key;
  }
}

/** The server accepts passwords, and none was given. */
export class PasswordNeededError extends Error {}

export interface OpenedShell {
  readonly client: Client;
  readonly shell: RemoteProcess;
}

/** @throws HostKeyChangedError, PasswordNeededError, CancelledError, or what `connect` of `@nacre/core` throws. */
export async function openShell(
  login: Login,
  terminal: Terminal,
  signal: AbortSignal,
  onBanner: (text: string) => void,
): Promise<OpenedShell> {
  const gate = createGate(login, signal);
  const attempt = async (): Promise<OpenedShell> => {
    const client = await connect(fromWebSocket(openWebSocket(login.url), browserWebSocket), {
      user: login.user,
      verifyHostKey: Object.assign((key: OfferedHostKey) => gate.verify(key), {
        keyTypes: knownKeyTypes(serverName(login.url)),
      }),
      crypto: await browserCrypto(),
      onBanner,
      signal,
    });
    try {
      await logIn(client, login, signal);
      const [widthPixels, heightPixels] = pixelSize(terminal);
      const pty = { term: 'xterm-256color', columns: terminal.cols, rows: terminal.rows, widthPixels, heightPixels };
      return { client, shell: await client.shell({ pty }) };
    } catch (error) {
      client.close();
      throw error;
    }
  };
  try {
    return await attempt();
  } catch (error) {
    if (gate.changed !== undefined) throw new HostKeyChangedError(gate.changed);
    // Comparing a fingerprint may take longer than a server waits: if the server has left meanwhile, the answer still counts.
    if (gate.question === undefined || signal.aborted) throw error;
    if (!(await gate.question)) throw new HostKeyError('the host key was not trusted');
    return attempt();
  }
}

interface HostKeyGate {
  readonly verify: (key: OfferedHostKey) => Promise<boolean>;
  /** The key that was refused because another one is known. */
  readonly changed: OfferedHostKey | undefined;
  /** The user's answer, while it is pending. */
  readonly question: Promise<boolean> | undefined;
}

function createGate({ url }: Login, signal: AbortSignal): HostKeyGate {
  const name = serverName(url);
  let changed: OfferedHostKey | undefined;
  let question: Promise<boolean> | undefined;
  const ask = async (key: OfferedHostKey): Promise<boolean> => {
    const isTrusted = await askAboutHostKey(`${name.host} port ${name.port}`, key, signal);
    if (isTrusted) trust(name, key.blob);
    question = undefined;
    return isTrusted;
  };
  return {
    async verify(key) {
      const verdict = judge(name, key.blob);
      if (verdict === 'trusted') return true;
      if (verdict === 'unknown') return (question = ask(key));
      changed = key;
      return false;
    },
    get changed() {
      return changed;
    },
    get question() {
      return question;
    },
  };
}

/** Tries one method: a wrong password should be corrected in the form, not followed by other questions. */
async function logIn(client: Client, { user, password }: Login, signal: AbortSignal): Promise<void> {
  const { methods, authenticated } = await client.authMethods(user);
  if (authenticated) return;
  const questions: Credential = {
    method: 'keyboard-interactive',
    answer: (challenge) => answerQuestions(challenge, signal),
  };
  if (password !== '' && methods.includes('password'))
    await client.authenticate(user, [{ method: 'password', password }]);
  else if (methods.includes('keyboard-interactive')) await client.authenticate(user, [questions]);
  else if (methods.includes('password')) throw new PasswordNeededError();
  else throw new AuthenticationError('no method in common', methods);
}
