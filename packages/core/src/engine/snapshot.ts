/** A connection as bytes: what `takeSnapshot` writes of an engine, and from which another continues. */
import { multiplexerState, type Multiplexer } from '../connection/multiplexer.js';
import { equalBytes } from '../crypto/provider.js';
import { SnapshotError, SnapshotRefusedError } from '../errors.js';
import { restrictionsField } from '../keys/restrictions.js';
import { clampedAge, transportState } from '../transport/state.js';
import type { Transport } from '../transport/transport.js';
import { userauthServerState } from '../userauth/server.js';
import { optional, string, text, uint32, uint64, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { plainBytes } from '../wire/plain-bytes.js';

/** The first field of every snapshot; the number changes with the layout. */
const FORMAT = 'nacre-snapshot-1';

/** The stages of a connection, as the engine names them. */
const PROGRESS = ['service', 'userauth', 'connection'];

/** Security: holds the keys of a live connection. Keep it as you would keep a private key. */
const snapshotLayout = record({
  format: text,
  /** Identifies the connection: its session id. */
  connection: string,
  /** Numbers the snapshots of this connection; each may be resumed once, and none after a later one. */
  generation: uint32,
  /** In ms since 1970: an engine's own time means nothing to another process. */
  takenAt: uint64,
  role: text,
  progress: text,
  /** Who is logged in, and what the proven key leaves them. */
  identity: optional(
    record({
      user: text,
      method: text,
      publicKey: optional(string),
      certificate: optional(string),
      restrictions: optional(restrictionsField),
    }),
  ),
  transport: transportState,
  userauth: optional(userauthServerState),
  multiplexer: multiplexerState,
  /** The façade's own part: application state, addresses. */
  application: string,
});
export type SnapshotContent = Omit<Values<typeof snapshotLayout.fields>, 'format'>;

/** What a snapshot is taken of: an engine. */
export interface SnapshotSource {
  readonly isClosed: boolean;
  /** True while an answer is pending, here or at the peer. */
  readonly isWaiting: boolean;
  readonly transport: Transport;
  readonly multiplexer: Multiplexer;
  /** Ends the connection here. */
  freeze(): Omit<SnapshotContent, 'connection' | 'takenAt' | 'transport' | 'multiplexer' | 'application'>;
}

/**
 * Writes a connection to bytes and ends it here. `application` is the façade's own part, `now` the engine's time in ms, and `date`
 * that since 1970.
 * @throws SnapshotRefusedError, with nothing changed, while something is in progress that bytes cannot hold.
 */
export function takeSnapshot(source: SnapshotSource, application: Uint8Array, now: number, date: number): Uint8Array {
  refuse(source);
  const { transport } = source;
  const multiplexer = source.multiplexer.state();
  const connection = transport.sessionId!;
  const state = transport.state(now);
  const takenAt = BigInt(Math.floor(date));
  return encodeSnapshot({ connection, takenAt, multiplexer, transport: state, ...source.freeze(), application });
}

function refuse({ isClosed, isWaiting, transport }: SnapshotSource): void {
  if (isClosed) throw new SnapshotRefusedError('closed', 'the connection is closed');
  if (transport.sessionId === undefined || transport.isExchanging) {
    throw new SnapshotRefusedError('key-exchange', 'a key exchange is under way');
  }
  if (transport.isBatching) throw new SnapshotRefusedError('cipher-batch', 'packets are being sealed or opened');
  const { clientToServer, serverToClient } = transport.negotiated!;
  if (clientToServer.compression !== 'none' || serverToClient.compression !== 'none') {
    throw new SnapshotRefusedError('compression', 'a connection that compresses cannot be written down');
  }
  if (isWaiting) throw new SnapshotRefusedError('pending-hook', 'an answer is pending');
}

export function encodeSnapshot(content: SnapshotContent): Uint8Array {
  return snapshotLayout.encode({ format: FORMAT, ...content });
}

/** @throws SnapshotError if the bytes are not a snapshot of this version. */
export function decodeSnapshot(snapshot: Uint8Array): SnapshotContent {
  try {
    const { format, ...content } = snapshotLayout.decode(plainBytes(snapshot));
    // Security: the ledger knows a connection by its id, so that must be the session id.
    const isWhole = PROGRESS.includes(content.progress) && equalBytes(content.connection, content.transport.sessionId);
    if (format === FORMAT && isWhole) return content;
  } catch {
    // Whatever is wrong with the bytes, the error below is thrown.
  }
  throw new SnapshotError(`not a snapshot of this version (${FORMAT})`);
}

/**
 * The content at `date`, in ms since 1970: keys also grow old while nobody runs their connection. A clock that was set back
 * makes none younger.
 */
export function aged(content: SnapshotContent, date: number): SnapshotContent {
  const { takenAt, transport } = content;
  const keysAge = clampedAge(transport.keysAge + Math.max(0, date - Number(takenAt)));
  return { ...content, transport: { ...transport, keysAge } };
}

/** Builds something from a snapshot's parts. @throws SnapshotError if they are inconsistent, however that shows. */
export function restore<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw cause instanceof SnapshotError ? cause : new SnapshotError('the snapshot is malformed', { cause });
  }
}

/**
 * Records which snapshots have been resumed. Security: two continuations of one snapshot would encrypt different bytes
 * under the same nonce, so a store must refuse, atomically, any generation that is not newer than the last one it
 * accepted.
 */
export interface SnapshotLedger {
  /** @returns false if this or a later generation of the connection has been resumed before. */
  claim(connection: Uint8Array, generation: number): boolean | Promise<boolean>;
}

/** Connections that one process remembers; a full ledger refuses rather than forgets. */
const MAXIMUM_CONNECTIONS = 100_000;

/** A ledger in memory. If several processes have access to the snapshots, use a store that they share. */
export function memoryLedger(): SnapshotLedger {
  const resumed = new Map<string, number>();
  return {
    claim(connection, generation) {
      const key = connection.join(',');
      const last = resumed.get(key);
      if (last === undefined ? resumed.size >= MAXIMUM_CONNECTIONS : generation <= last) return false;
      resumed.set(key, generation);
      return true;
    },
  };
}

/** The default ledger of all servers in this process. Security: shared, because any of them could resume a snapshot. */
export const processLedger: SnapshotLedger = memoryLedger();
