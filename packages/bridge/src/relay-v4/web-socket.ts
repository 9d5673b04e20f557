/** SSH Relay v4 over the web's WebSockets: a WebSocket that outlives its connections, with the interface of a plain one. */
import type { LinkEnd } from '../link-end.js';
import { CLOSE } from '../websocket/close-codes.js';
import { reconnectUrl } from './addresses.js';
import { openResumable, type ResumeOptions } from './client.js';
import { systemSchedule, type Schedule } from './clock.js';
import { RELAY_PROTOCOL } from './commands.js';
import type { LinkReceiver, MessageLink, StreamReceiver } from './ends.js';
import { CLOSE_ABORTED, REPLAY_LIMIT, type ResumableSession } from './session.js';

/** What the WebSockets of browsers, Deno and Workers have in common. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error' | 'open' | 'close', listener: (event: object) => void): void;
}

export interface ResumableWebSocketOptions extends Pick<ResumeOptions, 'now' | 'random' | 'schedule' | 'onWait'> {
  /** `new WebSocket(url, protocols)`, or a test's own. */
  readonly createSocket: (url: URL, protocols: string[]) => WebSocketLike;
  /** Entries of Sec-WebSocket-Protocol for the first connection, such as a ticket. */
  readonly secrets?: readonly string[];
}

/** The values of `WebSocket.readyState`. */
const STATE = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;
/** How long a connection may take to open, in ms: browsers would wait for minutes. */
const DIAL_TIMEOUT = 10_000;
/** Pages cannot ping. Longer than any round trip, in ms. */
const SILENCE = 30_000;

interface SocketEvents {
  /** Nobody else holds this memory. */
  message: { readonly data: Uint8Array };
  close: { readonly code: number; readonly reason: string };
  error: object;
  open: object;
}

/**
 * A WebSocket to an address that ends in `/v4/connect`: bytes in, bytes out, over successive connections as they break. It
 * cannot pause its input. Of the bytes that it has sent without an acknowledgement, 2 MiB count as in flight, since an
 * acknowledgement takes a round trip; the rest is its `bufferedAmount`.
 */
export class ResumableWebSocket implements WebSocketLike {
  /** Has no other value. */
  binaryType = 'arraybuffer';
  readonly #listeners: { [Name in keyof SocketEvents]: ((event: SocketEvents[Name]) => void)[] } = {
    message: [],
    close: [],
    error: [],
    open: [],
  };
  #state: keyof typeof STATE = 'connecting';
  #stream: StreamReceiver | undefined;
  #session: ResumableSession | undefined;

  constructor(url: string | URL, options: ResumableWebSocketOptions) {
    const { createSocket, secrets = [], schedule = systemSchedule } = options;
    const address = new URL(url);
    const resuming: ResumeOptions = {
      ...options,
      silence: SILENCE,
      redial: (sid, received) =>
        openLink(createSocket(reconnectUrl(address, sid, received), [RELAY_PROTOCOL]), schedule),
    };
    openLink(createSocket(address, [RELAY_PROTOCOL, ...secrets]), schedule).then(
      (link) => {
        if (this.#state === 'connecting') this.#start(link, resuming);
        // It was closed while it connected.
        else link.close(CLOSE_ABORTED);
      },
      () => this.#finish(CLOSE.abnormal, 'the WebSocket did not open'),
    );
  }

  get readyState(): number {
    return STATE[this.#state];
  }

  get bufferedAmount(): number {
    return Math.max(0, (this.#session?.held ?? 0) - REPLAY_LIMIT);
  }

  send(bytes: Uint8Array): void {
    if (this.#state === 'open') this.#stream?.data(bytes);
  }

  /** With 1000, everything sent arrives first; with any other code, the peer sees a broken stream. */
  close(code: number = CLOSE.normal, reason = ''): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const hasBegun = this.#state === 'open';
    this.#state = 'closing';
    if (!hasBegun) this.#finish(CLOSE.abnormal, reason);
    else if (code === CLOSE.normal) this.#stream?.end();
    else this.#session?.fail(new Error(reason));
  }

  addEventListener<Name extends keyof SocketEvents>(name: Name, listener: (event: SocketEvents[Name]) => void): void {
    this.#listeners[name].push(listener);
  }

  #start(link: MessageLink, resuming: ResumeOptions): void {
    this.#state = 'open';
    const stream = {
      listen: (receiver: StreamReceiver) => void (this.#stream = receiver),
      deliver: (bytes: Uint8Array) => {
        this.#emit('message', { data: bytes });
        return true;
      },
      // The sender looks at `bufferedAmount`.
      pause: () => undefined,
      resume: () => undefined,
      finish: () => Promise.resolve(),
      abort: () => undefined,
    };
    this.#session = openResumable(link, stream, resuming);
    void this.#session.ended.then((end) => this.#finish(...closeOf(end)));
    this.#emit('open', {});
  }

  #finish(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    if (code !== CLOSE.normal) this.#emit('error', {});
    this.#emit('close', { code, reason });
  }

  #emit<Name extends keyof SocketEvents>(name: Name, event: SocketEvents[Name]): void {
    for (const listener of this.#listeners[name]) listener(event);
  }
}

function closeOf(end: LinkEnd): [code: number, reason: string] {
  switch (end.how) {
    case 'clean':
      return [CLOSE.normal, ''];
    case 'broken':
      return [end.code, end.reason];
    case 'failed':
      return [CLOSE_ABORTED, end.error.message];
  }
}

/** Resolves once it is open; rejects if it does not open in time. */
function openLink(socket: WebSocketLike, schedule: Schedule): Promise<MessageLink> {
  const link = new WebLink(socket);
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('the WebSocket did not open'));
    const cancel = schedule(DIAL_TIMEOUT, () => {
      link.terminate();
      fail();
    });
    socket.addEventListener('open', () => {
      cancel();
      resolve(link);
    });
    for (const event of ['error', 'close'] as const) {
      socket.addEventListener(event, () => {
        cancel();
        fail();
      });
    }
  });
}

class WebLink implements MessageLink {
  readonly sendCopies = true;
  readonly #socket: WebSocketLike;
  #receiver: LinkReceiver | undefined;
  /** Events before `listen`: the promise of an open link may settle after its first events. */
  readonly #early: ((receiver: LinkReceiver) => void)[] = [];
  #isOver = false;

  constructor(socket: WebSocketLike) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('error', () => this.#closed(CLOSE.abnormal, ''));
    socket.addEventListener('close', ({ code, reason }) => this.#closed(code, reason));
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#socket.readyState === STATE.open;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  listen(receiver: LinkReceiver): void {
    this.#receiver = receiver;
    for (const tell of this.#early.splice(0)) tell(receiver);
  }

  send(commands: readonly Uint8Array<ArrayBuffer>[]): void {
    for (const command of commands) if (this.isOpen) this.#socket.send(command);
  }

  close(code: number, reason = ''): void {
    // A page may send 1000 or a code from 3000 on, and a reason of 123 bytes: 41 UTF-16 units take at most three each.
    const isOurs = code === CLOSE.normal || code >= 3000;
    this.#socket.close(isOurs ? code : CLOSE_ABORTED, reason.slice(0, 41));
  }

  terminate(): void {
    // No code: a broken link may be resumed. The platform's own `close` event may come much later.
    this.#socket.close();
    queueMicrotask(() => this.#closed(CLOSE.abnormal, ''));
  }

  pause(): void {
    // A web WebSocket cannot pause.
  }

  resume(): void {
    // It never stopped.
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    const message = data instanceof ArrayBuffer ? new Uint8Array(data) : '';
    this.#tell((receiver) => receiver.message(message));
  }

  #closed(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell((receiver) => receiver.closed(code, reason));
  }

  #tell(tell: (receiver: LinkReceiver) => void): void {
    if (this.#receiver === undefined) this.#early.push(tell);
    else tell(this.#receiver);
  }
}
