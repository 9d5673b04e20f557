/** RFC 4253, 4252, 4254 as a client in the page: a WebSocket, a checked host key, a login, a shell with a terminal. */
import {
  AuthenticationError,
  connect,
  type Client,
  type Credential,
  type OfferedHostKey,
  type RemoteProcess,
} from '@nacre/core';
import { browserAlgorithms, fromWebSocket, pixelSize } from '@nacre/web-terminal';
import type { Terminal } from '@xterm/xterm';
import { answerQuestions, askAboutHostKey } from './dialogs.js';
import { judge, serverName, trust } from './known-servers.js';

export interface Login {
  readonly url: URL;
  readonly user: string;
  readonly password: string;
}

/** The key is another one than the one that was trusted, or was revoked. There is no way past it. */
export class HostKeyChangedError extends Error {
  readonly key: OfferedHostKey;

  constructor(key: OfferedHostKey) {
    super('the host key has changed');
    this.key = key;
  }
}

/** The server takes passwords, and none was given. */
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
  const gate = createGate(login);
  const attempt = async (): Promise<OpenedShell> => {
    const client = await connect(fromWebSocket(new WebSocket(login.url)), {
      user: login.user,
      verifyHostKey: gate.verify,
      algorithms: browserAlgorithms,
      onBanner,
      signal,
    });
    await logIn(client, login, signal);
    const [widthPixels, heightPixels] = pixelSize(terminal);
    const pty = { term: 'xterm-256color', columns: terminal.cols, rows: terminal.rows, widthPixels, heightPixels };
    return { client, shell: await client.shell({ pty }) };
  };
  try {
    return await attempt();
  } catch (error) {
    if (gate.changed !== undefined) throw new HostKeyChangedError(gate.changed);
    // People compare fingerprints longer than servers wait: the answer is kept, so that the second try needs none.
    if (gate.isTrustedLate() && !signal.aborted) return attempt();
    throw error;
  }
}

interface HostKeyGate {
  readonly verify: (key: OfferedHostKey) => Promise<boolean>;
  /** The key that was refused because another one is known. */
  readonly changed: OfferedHostKey | undefined;
  /** Whether the person trusted the key only after a pause. */
  isTrustedLate(): boolean;
}

/** After this many ms a server may have given up waiting. */
const PATIENCE_OF_SERVERS = 10_000;

function createGate({ url }: Login): HostKeyGate {
  const name = serverName(url);
  let changed: OfferedHostKey | undefined;
  let isLate = false;
  return {
    async verify(key) {
      const verdict = judge(name, key.blob);
      if (verdict === 'trusted') return true;
      if (verdict !== 'unknown') {
        changed = key;
        return false;
      }
      const askedAt = performance.now();
      if (!(await askAboutHostKey(`${name.host} port ${name.port}`, key))) return false;
      isLate = performance.now() - askedAt > PATIENCE_OF_SERVERS;
      trust(name, key.blob);
      return true;
    },
    get changed() {
      return changed;
    },
    isTrustedLate: () => isLate,
  };
}

/** One method: a wrong password is to be corrected in the form, not to be followed by other questions. */
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
