/** `ssh-bridge demo`: a small SSH server of its own behind a gateway, all on loopback, to see the whole way work once. */
import { accept, createServer, formatPublicKey, generateKey, type Session } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { LOOPBACK, type ListenAddress } from '../address.js';
import type { Log } from '../log.js';
import { serve, type Serving } from '../serve/serve.js';

export interface Demo extends Pick<Serving, 'port' | 'close'> {
  /** As a line of known_hosts has it, without the host. */
  readonly hostKey: string;
}

/** @throws BridgeError when the address cannot be had */
export async function demo(address: ListenAddress, log: Log): Promise<Demo> {
  const hostKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [hostKey],
    // On loopback only, and it can do nothing but talk: whoever is root here may see it too.
    hooks: { none: () => accept },
    policy: { rootLogin: true },
    session: talk,
  });
  const ssh = await listen(server, { host: LOOPBACK, port: 0 });
  const to = { kind: 'tcp', host: LOOPBACK, port: ssh.port } as const;
  const gateway = await serve({ listen: address, to, token: false, log }).catch(async (error: unknown) => {
    await ssh.close();
    throw error;
  });
  return {
    port: gateway.port,
    hostKey: formatPublicKey({ type: hostKey.type, blob: hostKey.publicKey, comment: '' }).trim(),
    async close(drain) {
      await gateway.close(drain);
      await ssh.close();
    },
  };
}

async function talk(session: Session): Promise<void> {
  const { request, user } = session;
  const asked =
    request.type === 'exec' ? `You asked for: ${request.command}` : 'Ask for something: ssh ssh-bridge-demo date';
  await session.print(
    `Hello ${user}. You came over a WebSocket; the bridge in between saw ciphertext only.\n${asked}\n`,
  );
}
