/** A connection as bytes: what `takeSnapshot` writes of an engine, and another goes on from. */
import { multiplexerState, type Multiplexer } from '../connection/multiplexer.js';
import { equalBytes } from '../crypto/provider.js';
import { SnapshotError, SnapshotRefusedError } from '../errors.js';
import { restrictionsField } from '../keys/restrictions.js';
import { transportState } from '../transport/state.js';
import type { Transport } from '../transport/transport.js';
import { userauthServerState } from '../userauth/server.js';
import { optional, string, text, uint32, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { plainBytes } from '../wire/plain-bytes.js';

/** The first field of every snapshot; the number changes with the layout. */
const FORMAT = 'nacre-snapshot-1';

/** How far a connection may have come, as the engine names it. */
const PROGRESS = ['service', 'userauth', 'connection'];

/** Security: holds the keys of a live connection. Keep it as you would keep a private key. */
const snapshotLayout = record({
  format: text,
  /** Names the connection: its session id. */
  connection: string,
  /** Counts the snapshots of this connection; each may be resumed once, and none after a later one. */
  generation: uint32,
  role: text,
  progress: text,
  /** Who is logged in, and what the key that was proven leaves them. */
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
  /** The façade's own: application state, addresses. */
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
  /** Ends this life of the connection. */
  freeze(): Omit<SnapshotContent, 'connection' | 'transport' | 'multiplexer' | 'application'>;
}

/**
 * Writes a connection down and ends this life of it. `application` is the façade's own part.
 * @throws SnapshotRefusedError, and nothing has changed, while something is under way that bytes cannot hold.
 */
export function takeSnapshot(source: SnapshotSource, application: Uint8Array): Uint8Array {
  refuse(source);
  const { transport } = source;
  const multiplexer = source.multiplexer.state();
  const connection = transport.sessionId!;
  return encodeSnapshot({ connection, multiplexer, transport: transport.state(), ...source.freeze(), application });
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

/** @throws SnapshotError where the bytes are no snapshot of this version. */
export function decodeSnapshot(snapshot: Uint8Array): SnapshotContent {
  try {
    const { format, ...content } = snapshotLayout.decode(plainBytes(snapshot));
    // Security: the ledger knows a connection by its id, which must be the session's.
    const isWhole = PROGRESS.includes(content.progress) && equalBytes(content.connection, content.transport.sessionId);
    if (format === FORMAT && isWhole) return content;
  } catch {
    // Falls through: whatever was wrong with the bytes, they cannot be resumed.
  }
  throw new SnapshotError(`not a snapshot of this version (${FORMAT})`);
}

/** Makes something of a snapshot's parts. @throws SnapshotError where they do not fit together, however that shows. */
export function restore<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw cause instanceof SnapshotError ? cause : new SnapshotError('the snapshot is malformed', { cause });
  }
}

/**
 * Remembers which snapshots have been resumed. Security: two lives of one snapshot would encrypt different bytes under one
 * nonce, so a store must refuse a generation that is not newer than the last one it let through, atomically.
 */
export interface SnapshotLedger {
  /** @returns false where this or a later generation of the connection has been resumed before. */
  claim(connection: Uint8Array, generation: number): boolean | Promise<boolean>;
}

/** Connections that one process remembers; when it is full it refuses rather than forgets. */
const MAXIMUM_CONNECTIONS = 100_000;

/** A ledger in memory. Where several processes can get at the snapshots, give a store that they share. */
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

/** The ledger of every server in this process that was given none. Security: one for all, as any of them could resume. */
export const processLedger: SnapshotLedger = memoryLedger();
