/** `ssh-bridge demo`: a small SSH server behind a gateway, all on loopback, to see the whole path work once. */
import { accept, createServer, formatPublicKey, generateKey, reject, type Session } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { LOOPBACK, type ListenAddress } from '../address.js';
import type { Log } from '../log.js';
import { serve, type Serving } from '../serve/serve.js';

export interface Demo extends Pick<Serving, 'port' | 'close'> {
  /** As in a line of known_hosts, without the host. */
  readonly hostKey: string;
}

/** @throws BridgeError if the address is unavailable */
export async function demo(address: ListenAddress, log: Log): Promise<Demo> {
  const hostKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [hostKey],
    // The server is on loopback only and just prints a greeting, so even root may log in.
    hooks: {
      none: () => accept,
      // sftp would take the greeting for its protocol.
      command: ({ request }) => (request.type === 'subsystem' ? reject('the demo has no subsystems') : undefined),
    },
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
    request.type === 'exec' ? `Your command was: ${request.command}` : 'Try a command: ssh ssh-bridge-demo date';
  await session.print(
    `Hello ${user}. You came over a WebSocket; the bridge in between saw ciphertext only.\n${asked}\n`,
  );
}
