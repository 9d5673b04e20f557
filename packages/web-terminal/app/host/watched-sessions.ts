/** The visitors' sessions, on their way from the Worker to the page. */
import type { Session } from '@nacre/core';
import { WatchWindow, type SessionTap, type WatchedSize } from '@nacre/web-terminal';
import type { SessionSummary, WorkerMessage } from './worker-protocol.js';

/** How many sessions the page shows at the same time; others are served but not shown. */
const MAXIMUM_WATCHED = 40;
/** How much output may be on its way to the page, in bytes. */
const MAXIMUM_WAITING = 256 * 1024;
/** Without a terminal, output is data for a program: its beginning is enough to see what is going on. */
const MAXIMUM_WITHOUT_TERMINAL = 64 * 1024;
const PIECE = 16 * 1024;

type Post = (message: WorkerMessage, transfer?: Transferable[]) => void;

interface Watched {
  readonly session: Session;
  readonly tap: SessionTap;
  readonly window: WatchWindow;
  /** Set while the page draws a size: the one that comes next, if there is one. */
  resizing: { next?: WatchedSize } | undefined;
}

export class WatchedSessions {
  readonly #post: Post;
  readonly #sessions = new Map<number, Watched>();
  #nextId = 1;

  constructor(post: Post) {
    this.#post = post;
  }

  /** Shows a session on the page, from its beginning to its end. */
  watch(session: Session, tap: SessionTap): void {
    if (this.#sessions.size >= MAXIMUM_WATCHED) return;
    const id = this.#nextId++;
    const limit = tap.pty === undefined ? MAXIMUM_WITHOUT_TERMINAL : MAXIMUM_WAITING;
    const watched: Watched = { session, tap, window: new WatchWindow(limit), resizing: undefined };
    this.#sessions.set(id, watched);
    this.#post({ type: 'session', session: summarize(id, session, tap) });
    const unsubscribe = [
      tap.onOutput((bytes) => this.#show(id, watched, bytes)),
      tap.onResize((size) => this.#resize(id, watched, size)),
    ];
    const end = (): void => {
      this.#sessions.delete(id);
      for (const stop of unsubscribe) stop();
      const skipped = watched.window.takeSkipped();
      if (skipped > 0) this.#post({ type: 'output', session: id, bytes: new Uint8Array(0), skipped });
      this.#post({ type: 'ended', session: id });
    };
    session.closed.addEventListener('abort', end, { once: true });
    if (session.closed.aborted) end();
  }

  input(id: number, bytes: Uint8Array): void {
    this.#sessions.get(id)?.tap.input(bytes);
  }

  shown(id: number, bytes: number): void {
    const watched = this.#sessions.get(id);
    // A session without a terminal never gets its window back, so that only its beginning is shown.
    if (watched?.tap.pty !== undefined) watched.window.shown(bytes);
  }

  /** The page has drawn a size, and is ready for the next. */
  resized(id: number): void {
    const watched = this.#sessions.get(id);
    const next = watched?.resizing?.next;
    if (watched !== undefined) watched.resizing = undefined;
    if (watched !== undefined && next !== undefined) this.#resize(id, watched, next);
  }

  disconnect(id: number): void {
    this.#sessions.get(id)?.session.connection.disconnect('closed by the person at the tab');
  }

  /** Security: a visitor sends sizes a thousand times faster than the page can draw them, so all but the latest are left out. */
  #resize(id: number, watched: Watched, { columns, rows }: WatchedSize): void {
    if (watched.resizing !== undefined) {
      watched.resizing.next = { columns, rows };
      return;
    }
    watched.resizing = {};
    this.#post({ type: 'resize', session: id, columns, rows });
  }

  #show(id: number, { session, window }: Watched, bytes: Uint8Array): void {
    if (session.request.type === 'subsystem') return;
    for (let offset = 0; offset < bytes.length; offset += PIECE) {
      const length = Math.min(PIECE, bytes.length - offset);
      if (!window.admit(length)) continue;
      const piece = bytes.slice(offset, offset + length);
      this.#post({ type: 'output', session: id, bytes: piece, skipped: window.takeSkipped() }, [piece.buffer]);
    }
  }
}

function summarize(id: number, session: Session, tap: SessionTap): SessionSummary {
  const { request, connection } = session;
  const text = request.type === 'exec' ? request.command : request.type === 'subsystem' ? request.name : '';
  return {
    id,
    user: session.user,
    address: connection.peer.remoteAddress,
    port: connection.peer.remotePort,
    software: connection.identification,
    request: { type: request.type, text },
    size: tap.pty && { columns: tap.pty.columns, rows: tap.pty.rows },
  };
}
