/** The page's end of the Worker that hosts. */
import type { SessionTap, WatchedSize } from '@nacre/web-terminal';
import type { HostOptions, PageMessage, SessionSummary, WorkerMessage } from './worker-protocol.js';

declare global {
  interface Window {
    /** Set by a program that drives the page, before it loads; not part of the URL, which browsers remember. */
    readonly nacreHost?: HostOptions;
  }
}

export interface HostEvents {
  readonly key: (fingerprint: string) => void;
  readonly state: (state: Extract<WorkerMessage, { readonly type: 'state' }>['state']) => void;
  readonly session: (session: RemoteSession) => void;
  readonly failed: (message: string) => void;
}

/** A visitor's session, as the page holds it. */
export interface RemoteSession {
  readonly summary: SessionSummary;
  readonly tap: SessionTap;
  /** Called once; nothing follows it. */
  onEnded: () => void;
  /** Output was left out before the next chunk. */
  onSkipped: (bytes: number) => void;
  shown(bytes: number): void;
  disconnect(): void;
}

interface Listeners {
  readonly session: RemoteSession;
  readonly output: Set<(bytes: Uint8Array) => void>;
  readonly resize: Set<(size: WatchedSize) => void>;
}

export interface HostConnection {
  /** Takes back the place that another tab took. */
  register(): void;
}

export function startHost(relay: string, events: HostEvents): HostConnection {
  const worker = new Worker(new URL('./host-worker.ts', import.meta.url), { type: 'module', name: 'ssh-server' });
  const { port1: port, port2 } = new MessageChannel();
  const send = (message: PageMessage): void => port.postMessage(message);
  const sessions = new Map<number, Listeners>();
  worker.addEventListener('error', () =>
    events.failed('The server in this tab could not be started. Reload the page.'),
  );
  worker.postMessage('port', [port2]);
  port.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
    switch (data.type) {
      case 'key':
        events.key(data.fingerprint);
        return;
      case 'state':
        events.state(data.state);
        return;
      case 'failed':
        events.failed(data.message);
        return;
      case 'session': {
        const listeners = createSession(data.session, send);
        sessions.set(data.session.id, listeners);
        events.session(listeners.session);
        return;
      }
      default:
        deliver(data, sessions, send);
    }
  });
  port.start();
  send({ type: 'start', relay, options: window.nacreHost ?? {} });
  return { register: () => send({ type: 'register' }) };
}

function deliver(
  message: Extract<WorkerMessage, { readonly session: number }>,
  sessions: Map<number, Listeners>,
  send: (message: PageMessage) => void,
): void {
  const found = sessions.get(message.session);
  if (found === undefined) return;
  switch (message.type) {
    case 'output':
      if (message.skipped > 0) found.session.onSkipped(message.skipped);
      for (const listener of found.output) listener(message.bytes);
      return;
    case 'resize':
      for (const listener of found.resize) listener(message);
      send({ type: 'resized', session: message.session });
      return;
    case 'ended':
      sessions.delete(message.session);
      found.session.onEnded();
  }
}

function createSession(summary: SessionSummary, send: (message: PageMessage) => void): Listeners {
  const { id } = summary;
  const output = new Set<(bytes: Uint8Array) => void>();
  const resize = new Set<(size: WatchedSize) => void>();
  return {
    output,
    resize,
    session: {
      summary,
      tap: {
        pty: summary.size,
        onOutput: (listener) => subscribe(output, listener),
        onResize: (listener) => subscribe(resize, listener),
        input: (bytes) => send({ type: 'input', session: id, bytes }),
      },
      onEnded: () => undefined,
      onSkipped: () => undefined,
      shown: (bytes) => send({ type: 'shown', session: id, bytes }),
      disconnect: () => send({ type: 'disconnect', session: id }),
    },
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
