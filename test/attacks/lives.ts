/** A logged-in end as it was before a packet arrived: its snapshot is resumed once for each change to the packet. */
import { ciphers, generateKey, macs, type CipherAlgorithm, type MacAlgorithm } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { legacy } from '@nacre/core/legacy';
import { memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { nodeLegacy } from '@nacre/edge/node-legacy';
import { chooseAlgorithms } from '../../packages/core/src/algorithms/choice.js';
import * as table from '../../packages/core/src/algorithms/table.js';
import { ClientConnection } from '../../packages/core/src/client/connection.js';
import type { ChannelOwner } from '../../packages/core/src/connection/channel.js';
import { Engine } from '../../packages/core/src/engine/engine.js';
import type { EngineEvents } from '../../packages/core/src/engine/options.js';
import { decodeSnapshot, takeSnapshot } from '../../packages/core/src/engine/snapshot.js';
import { LiveConnection } from '../../packages/core/src/server/connection.js';
import type { Role } from '../../packages/core/src/transport/gate.js';
import { MAXIMUM_PACKET } from '../../packages/core/src/transport/packet-reader.js';
import { concat, hex, str, uint32 } from './bytes.js';
import type { RawEnd } from './raw-end.js';
import { RawPeer } from './raw-peer.js';
import { RawServer } from './raw-server.js';
import { CountingClock, settle, subject, turn } from './subject.js';

export const allCiphers: Readonly<Record<string, CipherAlgorithm>> = {
  ...ciphers,
  ...legacy.ciphers,
  ...nodeLegacy.ciphers,
};
export const allMacs: Readonly<Record<string, MacAlgorithm>> = { ...macs, ...legacy.macs };

/** A packet of channel data for an end, and that end as it was before the packet came. */
export interface Moment {
  readonly packet: Uint8Array;
  /** Of the packet, in bytes. */
  readonly tagLength: number;
  readonly start: () => Life;
  /** The end's life before `chunk` comes, and what becomes of it. */
  readonly receive: (chunk: Uint8Array) => Promise<Outcome>;
  /** The message in what the end said, once. */
  readonly read: (said: string) => Uint8Array;
}

export interface Outcome {
  readonly error: string | undefined;
  /** What the end still said, in hexadecimal: under the same keys the same words are the same bytes. */
  readonly said: string;
  readonly delivered: number;
  /** Bytes that had to follow until it ended. */
  readonly needed: number;
}

/** Our end, and the one that talks to it. */
interface Scene {
  readonly peer: RawEnd;
  readonly options: Engine['options'];
  readonly snapshot: Uint8Array;
}

const algorithms = (cipher: string, mac: string) => ({ rows: [legacy, nodeLegacy], ciphers: cipher, macs: mac });
const rows = (cipher: string, mac: string) => ({ cipher, mac, ciphers: allCiphers, macs: allMacs });

async function server(cipher: string, mac: string, crypto: CryptoProvider): Promise<Scene> {
  const under = await subject({
    crypto,
    algorithms: algorithms(cipher, mac),
    session: { data: () => undefined },
  });
  const peer = await new RawPeer(under.server, rows(cipher, mac)).echo();
  const [connection] = under.server.connections;
  if (!(connection instanceof LiveConnection)) throw new Error('no connection');
  await settle();
  const { options } = connection.engine!;
  return { peer, options, snapshot: connection.snapshot() };
}

const nothing = (): undefined => undefined;

/** Of a channel: what it does with data, and no more. */
const owning = (data: ChannelOwner['data']): ChannelOwner => ({
  data,
  eof: nothing,
  request: nothing,
  drained: nothing,
  closed: nothing,
  snapshot: () => new Uint8Array(0),
});

/** A client that shows what only its kin may see. */
class OpenClient extends ClientConnection {
  get machine(): Engine {
    return this.engine;
  }

  /** A channel that a snapshot can hold, as it belongs to no program that would be waited for. */
  openChannel(): Promise<void> {
    return new Promise((resolve) => {
      this.engine.multiplexer.open('session', new Uint8Array(0), () => {
        resolve();
        return owning(nothing);
      });
    });
  }
}

const hostKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });

async function client(cipher: string, mac: string, crypto: CryptoProvider): Promise<Scene> {
  const [near, far] = memoryLinks();
  const peer = new RawServer(far, { hostKey, ...rows(cipher, mac) });
  const user = 'guest';
  const under = new OpenClient(near, {
    user,
    crypto,
    clock: new CountingClock(),
    algorithms: chooseAlgorithms('client', table, algorithms(cipher, mac)),
    verifyHostKey: () => true,
  });
  peer.flush();
  await under.ready;
  await under.authenticate(user, [{ method: 'none' }]);
  await under.openChannel();
  await settle();
  const { options } = under.machine;
  return { peer, options, snapshot: takeSnapshot(under.machine, new Uint8Array(0), 0, 0) };
}

/** Brings an end of ours to where a packet may come. Its channel is 0 in both roles. */
export async function moment(role: Role, cipher: string, mac: string, crypto: CryptoProvider): Promise<Moment> {
  const { peer, options, snapshot } = await (role === 'server' ? server : client)(cipher, mac, crypto);
  const { tagLength } = peer.transport.sealer.cipher!;
  return {
    packet: peer.seal(concat([94], uint32(0), str('secret'))),
    tagLength,
    start: () => new Life(options, snapshot),
    receive: (chunk) => live(new Life(options, snapshot), chunk),
    read: (said) => {
      peer.transport.receive(hex(said));
      return peer.transport.next()!;
    },
  };
}

/** One life of a snapshot. */
export class Life {
  readonly seen: { delivered: number; error: Error | undefined } = { delivered: 0, error: undefined };
  readonly engine: Engine;

  constructor(options: Engine['options'], snapshot: Uint8Array) {
    const owner = owning((data) => void (this.seen.delivered += data.length));
    const events: EngineEvents = {
      output: nothing,
      resumed: nothing,
      ready: nothing,
      authenticated: nothing,
      open: nothing,
      globalRequest: nothing,
      restore: () => owner,
      closed: (error) => void (this.seen.error = error),
    };
    this.engine = new Engine(options, events, 0, decodeSnapshot(snapshot));
  }
}

/** Follows a changed packet, for as long as a changed length asks for more. */
const FILL = new Uint8Array(16 * 1024);

async function live({ engine, seen }: Life, chunk: Uint8Array): Promise<Outcome> {
  const receive = async (bytes: Uint8Array): Promise<void> => {
    engine.receive(bytes.slice(), 0);
    while (engine.isPaused && !engine.isClosed) await turn();
  };
  await receive(chunk);
  let needed = 0;
  for (; !engine.isClosed && seen.delivered === 0 && needed < 2 * MAXIMUM_PACKET; needed += FILL.length) {
    await receive(FILL);
  }
  await engine.transport.outgoing.seal();
  const said = Buffer.from(engine.transport.outgoing.take()).toString('hex');
  return { error: seen.error?.name, said, delivered: seen.delivered, needed };
}
