/** Legal traffic: the beginning of every session, and whole sessions recorded at run time between a client and a server of ours. */
import { SSH_MSG_KEXINIT } from '../../packages/core/src/transport/messages.js';
import { MARKERS } from '../../packages/core/src/transport/negotiation.js';
import { concatenate, string } from './bytes.js';
import { ClientSubject } from './client-subject.js';
import { ServerSubject, type plainAlgorithms } from './server-subject.js';
import { message, raw, type Step } from './steps.js';
import { frame } from './stream.js';
import { plainCipher, STUB_KEY } from './stub-crypto.js';
import { turn } from './subject.js';

export const IDENTIFICATION: Step = raw(new TextEncoder().encode('SSH-2.0-peer\r\n'));

const X25519_SHARE = new Uint8Array(32).fill(9);
const SIGNATURE = concatenate(string('ssh-ed25519'), string(new Uint8Array(64)));

export function kexinit(role: 'client' | 'server', keyExchange = 'curve25519-sha256'): Uint8Array {
  const names = Object.keys(plainCipher);
  return SSH_MSG_KEXINIT.encode({
    cookie: new Uint8Array(16),
    kexAlgorithms: [keyExchange, MARKERS[role].strict, MARKERS[role].extInfo],
    serverHostKeyAlgorithms: ['ssh-ed25519'],
    encryptionAlgorithmsClientToServer: names,
    encryptionAlgorithmsServerToClient: names,
    macAlgorithmsClientToServer: [],
    macAlgorithmsServerToClient: [],
    compressionAlgorithmsClientToServer: ['none'],
    compressionAlgorithmsServerToClient: ['none'],
    languagesClientToServer: [],
    languagesServerToClient: [],
    firstKexPacketFollows: false,
    reserved: 0,
  }).slice();
}

export const SERVICE_REQUEST: Step = message(concatenate(Uint8Array.of(5), string('ssh-userauth')));
export const NONE_REQUEST: Step = message(
  concatenate(Uint8Array.of(50), string('fuzz'), string('ssh-connection'), string('none')),
);

/** A client's messages up to the end of the first key exchange. */
export const clientExchange: readonly Step[] = [
  IDENTIFICATION,
  message(kexinit('client')),
  message(concatenate(Uint8Array.of(30), string(X25519_SHARE))),
  message(Uint8Array.of(21)),
];

/** A server's. */
export const serverExchange: readonly Step[] = [
  IDENTIFICATION,
  message(kexinit('server')),
  message(concatenate(Uint8Array.of(31), string(STUB_KEY), string(X25519_SHARE), string(SIGNATURE))),
  message(Uint8Array.of(21)),
];

/** What each side of a session sent, its identification first. */
export interface Recording {
  readonly client: readonly Step[];
  readonly server: readonly Step[];
}

/** A whole session between two ends of ours; `acts` is what the client's application does on top. */
export async function record(
  { admits = true, acts = [] }: { readonly admits?: boolean; readonly acts?: readonly number[] } = {},
  algorithms?: typeof plainAlgorithms,
): Promise<Recording> {
  const given = algorithms === undefined ? {} : { algorithms };
  const server = new ServerSubject({ admits, ...given });
  const client = new ClientSubject(given);
  const sent: { client: Step[]; server: Step[] } = { client: [], server: [] };
  const waiting: (() => void)[] = [];
  const join = (from: ServerSubject | ClientSubject, to: ServerSubject | ClientSubject, steps: Step[]): void => {
    from.stream.onSent = (payload) => {
      const step = steps.length === 0 ? raw(payload) : message(payload);
      steps.push(step);
      waiting.push(() => to.stream.deliver('bytes' in step && step.kind === 'raw' ? payload : frame(payload), 0));
    };
  };
  join(client, server, sent.client);
  join(server, client, sent.server);
  await Promise.all([server.start(), client.start()]);
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1) {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        next();
        await turn();
      }
      await turn();
    }
  };
  await settle();
  for (const value of acts) {
    await client.take([{ kind: 'act', value }]);
    await settle();
  }
  await Promise.all([client.finish(), server.finish()]);
  return sent;
}
