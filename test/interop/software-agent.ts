/** OpenSSH's PROTOCOL.agent, as much of it as `ssh` needs to log in: keys to offer, and signatures by them. */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { concat, str, uint32 } from '../attacks/bytes.js';
import type { Cleanup } from './processes.js';

const SSH_AGENT_FAILURE = 5;
const SSH_AGENTC_REQUEST_IDENTITIES = 11;
const SSH_AGENT_IDENTITIES_ANSWER = 12;
const SSH_AGENTC_SIGN_REQUEST = 13;
const SSH_AGENT_SIGN_RESPONSE = 14;

export interface SoftwareKey {
  readonly publicKey: Uint8Array;
  /** @returns the signature blob. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Listens at a path, for SSH_AUTH_SOCK or IdentityAgent. */
export async function startAgent(cleanup: Cleanup, path: string, keys: readonly SoftwareKey[]): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    let last = Promise.resolve();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
        const message = received.subarray(4, 4 + received.readUInt32BE());
        received = received.subarray(4 + message.length);
        last = last.then(async () => void socket.write(str(await answer(keys, message))));
      }
    });
  });
  server.listen(path);
  await once(server, 'listening');
  cleanup(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

async function answer(keys: readonly SoftwareKey[], message: Buffer): Promise<Uint8Array> {
  if (message[0] === SSH_AGENTC_REQUEST_IDENTITIES) {
    const shown = keys.map(({ publicKey }) => concat(str(publicKey), str('software')));
    return concat([SSH_AGENT_IDENTITIES_ANSWER], uint32(keys.length), ...shown);
  }
  if (message[0] === SSH_AGENTC_SIGN_REQUEST) {
    const [blob, rest] = takeString(message.subarray(1));
    const key = keys.find(({ publicKey }) => blob.equals(publicKey));
    if (key !== undefined) return concat([SSH_AGENT_SIGN_RESPONSE], str(await key.sign(takeString(rest)[0])));
  }
  return Uint8Array.of(SSH_AGENT_FAILURE);
}

function takeString(bytes: Buffer): readonly [string: Buffer, rest: Buffer] {
  const end = 4 + bytes.readUInt32BE();
  return [bytes.subarray(4, end), bytes.subarray(end)];
}
