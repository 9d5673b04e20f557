/** Asks a program what it supports: its KEXINIT says so before it knows who the peer is (RFC 4253 §7.1). */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { SSH_MSG_KEXINIT } from '../../../packages/core/src/transport/messages.js';
import type { Cleanup, Running } from '../processes.js';
import type { Abilities } from './cases.js';

const IDENTIFICATION = 'SSH-2.0-probe\r\n';

/** What a client offers when it is started with the port of a peer that only listens. */
export async function probeClient(run: (port: number, cleanup: Cleanup) => Promise<Running>): Promise<Abilities> {
  const undo: (() => Promise<void> | void)[] = [];
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = once(server, 'connection') as Promise<[Socket]>;
  try {
    const { port } = server.address() as AddressInfo;
    await run(port, (step) => void undo.unshift(step));
    const [socket] = await connection;
    return await readAbilities(socket);
  } finally {
    for (const step of undo) await step();
    server.close();
  }
}

/** What the server on a port offers. */
export async function probeServer(port: number): Promise<Abilities> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  return readAbilities(socket);
}

async function readAbilities(socket: Socket): Promise<Abilities> {
  socket.write(IDENTIFICATION);
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      const kexinit = readKexinit(received);
      if (kexinit !== undefined) return kexinit;
    }
  } finally {
    socket.destroy();
  }
  throw new Error(`a peer left before its KEXINIT: ${received.toString('latin1')}`);
}

/** After the identification: packet_length ‖ padding_length ‖ payload ‖ padding. */
function readKexinit(received: Buffer): Abilities | undefined {
  const start = received.indexOf('\n') + 1;
  if (start === 0 || received.length < start + 5) return undefined;
  const length = received.readUInt32BE(start);
  if (received.length < start + 4 + length) return undefined;
  const payload = received.subarray(start + 5, start + 4 + length - received[start + 4]!);
  const kexinit = SSH_MSG_KEXINIT.decode(new Uint8Array(payload));
  return {
    keyExchanges: kexinit.kexAlgorithms,
    ciphers: kexinit.encryptionAlgorithmsClientToServer,
    macs: kexinit.macAlgorithmsClientToServer,
    compressions: kexinit.compressionAlgorithmsClientToServer,
    hostKeys: kexinit.serverHostKeyAlgorithms,
    // It does not say yet which user keys it supports; programs support the same types in both places.
    userKeys: kexinit.serverHostKeyAlgorithms,
  };
}
