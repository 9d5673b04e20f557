/** The playground over WebSocket on loopback, with a host key that can be changed. */
import { fingerprint, generateKey, type Server } from '@nacre/core';
import { listenWebSocket } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { createPlayground } from '../../examples/playground/src/app.js';
import type { Cleanup } from '../interop/processes.js';

export interface WebSocketServer {
  readonly url: string;
  /** Of the host key that it shows now. */
  fingerprint(): string;
  /** What an attacker, or an operator without a backup, does. */
  changeHostKey(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWebSocketServer(cleanup: Cleanup): Promise<WebSocketServer> {
  let running = await start(0);
  const { port } = running;
  cleanup(() => running.stop());
  return {
    url: `ws://localhost:${port}/ssh`,
    fingerprint: () => running.fingerprint,
    stop: () => running.stop(),
    async changeHostKey() {
      await running.stop();
      running = await start(port);
    },
  };
}

async function start(
  wanted: number,
): Promise<{ readonly port: number; readonly fingerprint: string; stop(): Promise<void> }> {
  const key = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  const server: Server = createPlayground({ hostKeys: [key], crypto: nodeCrypto });
  const listener = await listenWebSocket(server, { port: wanted, path: '/ssh' });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await server.close();
    await listener.close();
  };
  return { port: listener.port, fingerprint: fingerprint(key.publicKey), stop: () => (stopped ??= stop()) };
}
