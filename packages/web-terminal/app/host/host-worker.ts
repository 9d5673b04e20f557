/** The Worker in which the tab's SSH server runs: its timers stay prompt while the tab is in the background. */
import { DEFAULT_SERVER_LIMITS, fingerprint, parsePrivateKey, type Server, type Signer } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { browserCrypto, hostInTab, indexedDbKeyStore, type SessionTap, type TabHost } from '@nacre/web-terminal';
import { createPlayground } from '../../../../examples/playground/src/app.js';
import { fetchRelayConfig } from '../relay-config.js';
import { WatchedSessions } from './watched-sessions.js';
import type { HostOptions, PageMessage, WorkerMessage } from './worker-protocol.js';

/**
 * The receive window of a channel, in bytes. Data from the relay passes through two other processes, and window credit returns
 * through them. With a smaller window `ssh` waits for credit and sends smaller pieces, each of which wakes all processes.
 */
const WINDOW = 4 * 1024 * 1024;

interface Hosting {
  readonly server: Server;
  readonly sessions: WatchedSessions;
  readonly relay: string;
  host: TabHost;
}

/** The page's first message transfers the port for all later messages. */
addEventListener(
  'message',
  ({ ports: [port] }) => {
    if (port !== undefined) serve(port);
  },
  { once: true },
);

function serve(port: MessagePort): void {
  const post = (message: WorkerMessage, transfer: Transferable[] = []): void => port.postMessage(message, transfer);
  let hosting: Hosting | undefined;
  const handle = (message: PageMessage): void => {
    switch (message.type) {
      case 'start':
        start(message.relay, message.options, post).then(
          (started) => {
            hosting = started;
          },
          (error: unknown) => post({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
        );
        return;
      case 'register':
        if (hosting !== undefined) hosting.host = register(hosting.server, hosting.relay, post);
        return;
      case 'input':
        hosting?.sessions.input(message.session, message.bytes);
        return;
      case 'shown':
        hosting?.sessions.shown(message.session, message.bytes);
        return;
      case 'resized':
        hosting?.sessions.resized(message.session);
        return;
      case 'disconnect':
        hosting?.sessions.disconnect(message.session);
    }
  };
  port.addEventListener('message', ({ data }: MessageEvent<PageMessage>) => handle(data));
  port.start();
}

type Post = (message: WorkerMessage, transfer?: Transferable[]) => void;

async function start(relay: string, options: HostOptions, post: Post): Promise<Hosting> {
  const crypto = await browserCrypto();
  const [key] =
    options.hostKey === undefined ? await indexedDbKeyStore().load() : [parsePrivateKey(options.hostKey, { crypto })];
  if (key === undefined) throw new Error('There is no host key.');
  post({ type: 'key', fingerprint: fingerprint(key.publicKey) });
  const sessions = new WatchedSessions(post);
  const server = createServerWith(key, crypto, options, sessions);
  return { server, sessions, relay, host: register(server, relay, post) };
}

function createServerWith(
  key: Signer,
  crypto: CryptoProvider,
  { authorizedKeys, rekeyBytes, ciphers }: HostOptions,
  sessions: WatchedSessions,
): Server {
  return createPlayground({
    hostKeys: [key],
    crypto,
    algorithms: ciphers === undefined ? {} : { ciphers },
    limits: { connection: { ...DEFAULT_SERVER_LIMITS.connection, window: WINDOW } },
    onSession: (session, tap: SessionTap) => sessions.watch(session, tap),
    ...(authorizedKeys === undefined ? {} : { authorizedKeys }),
    ...(rekeyBytes === undefined ? {} : { rekey: { bytes: rekeyBytes } }),
  });
}

/** The token is fetched again for each attempt, because a restarted relay has a new one. */
function register(server: Server, relay: string, post: Post): TabHost {
  return hostInTab(server, {
    relay,
    token: async () => (await fetchRelayConfig()).token,
    onState: (state) => post({ type: 'state', state }),
  });
}
