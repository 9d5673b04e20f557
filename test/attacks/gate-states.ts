/** Brings our server, or our client, into a phase, and sends it a message of any number with plausible content. */
import { acceptAnyHostKey, generateKey, type Credential } from '@nacre/core';
import { startClient } from '../../packages/core/src/client/client.js';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import type { Phase } from '../../packages/core/src/transport/gate.js';
import { bytes, concat, readUint32, str, uint32 } from './bytes.js';
import type { Reaction } from './gate-expected.js';
import type { RawEnd } from './raw-end.js';
import { ownShare } from './raw-keys.js';
import { RawPeer } from './raw-peer.js';
import { RawServer } from './raw-server.js';
import type { RawTransportOptions } from './raw-transport.js';
import { CountingClock, eventually, settle, subject } from './subject.js';

/** An end under test in its phase. */
export interface Reached {
  send(number: number): Promise<Reaction>;
  close(): Promise<void>;
}

/** Sends a message and looks what comes first. */
async function react(end: RawEnd, payload: Uint8Array): Promise<Reaction> {
  const from = end.received.length;
  const { sequenceNumber } = end.transport.sealer;
  end.send(payload);
  await settle();
  const first = end.received[from];
  if (end.end === 'closed') return 'closed';
  if (first === undefined) return 'silence';
  if (first[0] === 1) return `disconnect ${readUint32(first, 1)}`;
  if (first[0] !== 3) return `answer ${first[0]!}`;
  if (end.transport.exchanges > 0 && readUint32(first, 1) !== sequenceNumber) throw new Error('another number');
  return 'unimplemented';
}

/** What a peer could mean by a number; channel 0 is open where channels are. */
function content(number: number, end: RawEnd): Uint8Array {
  const channel = uint32(0);
  const rows: Readonly<Record<number, Uint8Array>> = {
    1: concat(uint32(11), str('bye'), str('')),
    2: str('x'),
    3: uint32(0),
    4: concat([0], str('x'), str('')),
    5: str('ssh-userauth'),
    6: str('ssh-userauth'),
    7: uint32(0),
    20: end.transport.kexinit().subarray(1),
    21: new Uint8Array(0),
    30: str(ownShare),
    50: concat(str('nobody'), str('ssh-connection'), str('none')),
    51: concat(str('password'), [0]),
    52: new Uint8Array(0),
    53: concat(str('welcome'), str('')),
    60: concat(str(''), str(''), str(''), uint32(0)),
    80: concat(str('keepalive@openssh.com'), [1]),
    81: new Uint8Array(0),
    82: new Uint8Array(0),
    90: concat(str('session'), uint32(7), uint32(1024), uint32(1024)),
    91: concat(uint32(99), channel, uint32(1024), uint32(1024)),
    92: concat(uint32(99), uint32(1), str('no'), str('')),
    93: concat(channel, uint32(1)),
    94: concat(channel, str('hello')),
    95: concat(channel, uint32(1), str('hello')),
    98: concat(channel, str('nonsense@x'), [1]),
    192: str('x'),
    193: str('x'),
  };
  return concat([number], rows[number] ?? (number >= 96 && number <= 100 ? channel : str('x')));
}

/** Our server in a phase. */
export async function reachServer(phase: Phase, strict: boolean): Promise<Reached> {
  const under = await subject();
  const isRekey = phase.startsWith('rekey-');
  const isFirst = phase === 'kexinit' || phase === 'exchange' || phase === 'newkeys';
  const stopsAtNewkeys = phase.endsWith('newkeys');
  const leavesExchange = stopsAtNewkeys ? false : isRekey ? 'later' : isFirst;
  const peer = new RawPeer(under.server, { strict, leavesExchange, ...(stopsAtNewkeys ? stopOf(phase) : {}) });
  if (phase === 'kexinit') {
    peer.transport.take();
    peer.raw(bytes('SSH-2.0-test\r\n'));
    await peer.until(() => peer.received.length > 0, 'KEXINIT');
  } else if (isFirst) {
    peer.flush();
    await peer.until(() => peer.received.length > 0, 'KEXINIT');
  } else if (phase === 'service') await peer.exchange();
  else if (phase === 'userauth') await peer.requestService();
  else await peer.echo();
  if (isRekey) await beginRekey(peer, leavesExchange !== false);
  const times = isRekey ? 2 : 1;
  if (stopsAtNewkeys)
    await peer.until(() => peer.numbers.filter((number) => number === 21).length === times, 'NEWKEYS');
  return {
    send: (number) => react(peer, content(number, peer)),
    close: async () => {
      peer.close();
      await eventually(() => under.server.connections.length === 0, 'the end');
    },
  };
}

/** KEXINIT of a rekey: by the transport, which goes on by itself, or without its knowledge. */
async function beginRekey(peer: RawPeer, isByHand: boolean): Promise<void> {
  if (isByHand) peer.send(peer.kexinit());
  else peer.transport.rekey();
  peer.flush();
  await peer.until(() => peer.numbers.filter((number) => number === 20).length === 2, 'KEXINIT');
}

const hostKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
const credentials: readonly Credential[] = [{ method: 'none' }];

/** Our client in a phase. */
export async function reachClient(phase: Phase, strict: boolean): Promise<Reached> {
  const [near, far] = memoryLinks();
  const server = new RawServer(far, {
    hostKey,
    strict,
    leavesExchange: phase === 'kexinit',
    ignores: phase === 'service' ? [5] : phase === 'userauth' ? [50] : [],
    ...stopOf(phase),
  });
  const client = startClient(near, {
    user: 'guest',
    verifyHostKey: acceptAnyHostKey(() => undefined),
    crypto: nodeCrypto,
    clock: new CountingClock(),
  });
  const over = client.ready
    .then(() => client.authenticate('guest', credentials))
    .then(() => client.spawn('cat'))
    .catch(() => client.close());
  if (phase === 'kexinit') {
    server.transport.take();
    server.raw(bytes('SSH-2.0-test\r\n'));
  }
  server.flush();
  const [last, count] = LAST[phase];
  const has = (number: number, times: number): boolean =>
    server.numbers.filter((received) => received === number).length === times;
  if (phase.startsWith('rekey-')) {
    await server.until(() => has(98, 1), 'a channel');
    server.transport.rekey();
    server.flush();
  }
  await server.until(() => has(last, count), phase);
  await settle();
  return {
    send: (number) =>
      react(
        server,
        number === 31 && server.transport.legalReply !== undefined
          ? server.transport.legalReply
          : content(number, server),
      ),
    close: async () => {
      server.close();
      client.close();
      await over;
    },
  };
}

/** What the client says last in each phase, and how often it has said it. */
const LAST: Readonly<Record<Phase, readonly [number: number, times: number]>> = {
  kexinit: [20, 1],
  exchange: [30, 1],
  newkeys: [21, 1],
  service: [5, 1],
  userauth: [50, 1],
  connection: [98, 1],
  'rekey-exchange': [30, 2],
  'rekey-newkeys': [21, 2],
};

function stopOf(phase: Phase): Pick<RawTransportOptions, 'stop'> {
  const exchange = phase.startsWith('rekey-') ? 1 : 0;
  if (phase.endsWith('exchange')) return { stop: { before: 31, exchange } };
  return phase.endsWith('newkeys') ? { stop: { before: 21, exchange } } : {};
}
