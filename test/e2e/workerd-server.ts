/** The playground on workerd, over WebSocket on loopback, with a host key that can be changed. */
import { fingerprint, formatPrivateKey, generateKey } from '@nacre/core';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import type { Cleanup } from '../interop/processes.js';
import { test as base } from './stage.js';

export interface WorkerdServer {
  readonly url: string;
  /** Of the host key that it presents now. */
  fingerprint(): string;
  /** What an attacker does, or an operator without a backup: the same address, another key. */
  changeHostKey(): Promise<void>;
  stop(): Promise<void>;
}

interface Service {
  readonly port: number;
  close(): Promise<void>;
}
interface Runtimes {
  startWorkerd(options: { readonly port: number; readonly hostKey: string }): Promise<Service>;
}

/** The script that `npm run playground` uses; it is not TypeScript. */
const RUNTIMES = new URL('../../scripts/lib/runtimes.mjs', import.meta.url).href;

async function startWorkerdServer(cleanup: Cleanup): Promise<WorkerdServer> {
  const { startWorkerd }: Runtimes = await import(RUNTIMES);
  let shown = '';
  const start = async (port: number): Promise<Service> => {
    const key = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
    shown = fingerprint(key.publicKey);
    return startWorkerd({ port, hostKey: formatPrivateKey(key) });
  };
  let running = await start(0);
  const { port } = running;
  cleanup(() => running.close());
  return {
    url: `ws://localhost:${port}/ssh`,
    fingerprint: () => shown,
    stop: () => running.close(),
    async changeHostKey() {
      await running.close();
      running = await start(port);
    },
  };
}

/** Tests whose client tab can log in to workerd. */
export const test = base.extend<{ readonly server: WorkerdServer }>({
  server: async ({ cleanup }, use) => {
    await use(await startWorkerdServer(cleanup));
  },
  servers: async ({ server }, use) => {
    await use({ workerd: server.url });
  },
});
