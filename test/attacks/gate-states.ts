/** Brings our server, or our client, into a phase, over any link, and makes plausible content for a message of any number. */
import { acceptAnyHostKey, generateKey, type ByteLink, type Credential } from '@nacre/core';
import { startClient } from '../../packages/core/src/client/client.js';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import type { Phase } from '../../packages/core/src/transport/gate.js';
import { bytes, concat, str, uint32 } from './bytes.js';
import { FIRST_EXCHANGE } from './gate-expected.js';
import type { RawEnd } from './raw-end.js';
import { ownShare } from './raw-keys.js';
import { RawPeer } from './raw-peer.js';
import { RawServer } from './raw-server.js';
import type { RawTransportOptions } from './raw-transport.js';
import { CountingClock, eventually, settle, subject } from './subject.js';
import type { Carrier, Pair } from './wire.js';

/** An end under test in its phase. */
export interface Reached {
  /** The end that talks to it. */
  readonly end: RawEnd;
  /** What a message of this number could mean here. */
  content(number: number): Uint8Array;
  close(): Promise<void>;
}

/** Brings one connection after another into a phase. */
export interface Stage {
  reach(): Promise<Reached>;
  /** Once all connections are over. */
  close(): Promise<void>;
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
export async function stageServer(phase: Phase, strict: boolean, carrier: Carrier): Promise<Stage> {
  const under = await subject();
  const { dial, close } = await carrier.serve(under.server);
  let peers = 0;
  return {
    reach: async () => {
      // Neighbours of a source that misbehaved would be made to wait.
      peers = (peers % 250) + 1;
      return reachServer(phase, strict, await dial({ remoteAddress: `127.0.1.${peers}` }));
    },
    close: async () => {
      await eventually(() => under.server.connections.length === 0, 'the end');
      await close();
    },
  };
}

async function reachServer(phase: Phase, strict: boolean, link: ByteLink): Promise<Reached> {
  const isRekey = phase.startsWith('rekey-');
  const isFirst = FIRST_EXCHANGE.includes(phase);
  const stopsAtNewkeys = phase.endsWith('newkeys');
  const leavesExchange = stopsAtNewkeys ? false : isRekey ? 'later' : isFirst;
  const peer = new RawPeer(link, { strict, leavesExchange, ...(stopsAtNewkeys ? stopOf(phase) : {}) });
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
    end: peer,
    content: (number) => content(number, peer),
    close: () => Promise.resolve(peer.close()),
  };
}

/** KEXINIT of a rekey: sent by the transport, which then continues by itself, or without its knowledge. */
async function beginRekey(peer: RawPeer, isByHand: boolean): Promise<void> {
  if (isByHand) peer.send(peer.kexinit());
  else peer.transport.rekey();
  peer.flush();
  await peer.until(() => peer.numbers.filter((number) => number === 20).length === 2, 'KEXINIT');
}

const hostKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
const credentials: readonly Credential[] = [{ method: 'none' }];

/** Our client in a phase. */
export function stageClient(phase: Phase, strict: boolean, carrier: Carrier): Promise<Stage> {
  const reach = async (): Promise<Reached> => reachClient(phase, strict, await carrier.pair('as sent'));
  return Promise.resolve({ reach, close: () => Promise.resolve() });
}

async function reachClient(phase: Phase, strict: boolean, { client: near, server: far }: Pair): Promise<Reached> {
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
    end: server,
    content: (number) =>
      number === 31 && server.transport.legalReply !== undefined
        ? server.transport.legalReply
        : content(number, server),
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
