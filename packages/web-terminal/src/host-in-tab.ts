/** docs/relay-protocol.md, the tab's side: a server in a browser tab, reached through a relay. */
import { fromWebSocket, systemClock, type ByteLink, type Clock, type Peer, type WebSocketLike } from '@nacre/core';
import { CLOSE_REPLACED } from 'ssh-bridge/relay-v4';
import { browserWebSocket } from './browser-web-socket.js';
import { openWebSocket } from './open-web-socket.js';
import {
  hostProtocols,
  LINK_NAME,
  linkProtocols,
  MAXIMUM_LINKS,
  parseControlMessage,
  RESUMABLE_NAME,
  ticketProtocol,
} from './relay-protocol.js';

/** The tab's state with respect to its relay. */
export type HostState =
  | { readonly phase: 'connecting' }
  /** ssh clients that connect to `sshPort` of the relay are served here. */
  | { readonly phase: 'registered'; readonly sshPort: number }
  /** The relay is unavailable; the next attempt is in `delay` ms. */
  | { readonly phase: 'waiting'; readonly delay: number }
  /** Another tab is hosting now. The user decides which of the two should, so this one does not come back on its own. */
  | { readonly phase: 'replaced' }
  | { readonly phase: 'closed' };

/** What a tab needs of the server; `Server` of `@nacre/core` fits. */
export interface LinkAcceptor {
  accept(link: ByteLink, peer?: Peer): Promise<void>;
}

export interface HostOptions {
  /** The relay's control WebSocket, such as `ws://localhost:8022/host`; links are dialled at sibling paths. */
  readonly relay: string | URL;
  /** The relay's token; a function is called before every attempt, as a restarted relay has a new one. */
  readonly token: string | (() => string | Promise<string>);
  /** Ends hosting; open connections go on. */
  readonly signal?: AbortSignal;
  readonly onState?: (state: HostState) => void;
  readonly clock?: Clock;
  /** `new WebSocket(url, protocols)`, or a test's own. */
  readonly createSocket?: (url: URL, protocols: string[]) => WebSocketLike;
}

/** The first pause between two attempts, in ms; each further one is twice as long, up to the last. */
const FIRST_DELAY = 500;
const LAST_DELAY = 15_000;
const CLOSE_NORMAL = 1000;

/** Registers at the relay and serves the clients that it announces, until `close`. Registers again if the relay goes away. */
export function hostInTab(server: LinkAcceptor, options: HostOptions): TabHost {
  const host = new TabHost(server, options);
  if (options.signal?.aborted !== true) host.start();
  else host.close();
  options.signal?.addEventListener('abort', () => host.close(), { once: true });
  return host;
}

export class TabHost {
  readonly #server: LinkAcceptor;
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #createSocket: NonNullable<HostOptions['createSocket']>;
  #state: HostState = { phase: 'connecting' };
  #control: WebSocketLike | undefined;
  #cancelRetry: (() => void) | undefined;
  /** Consecutive attempts without a registration. */
  #failures = 0;
  #links = 0;
  /** Whether the relay keeps connections whose link broke. */
  #canResume = false;

  constructor(server: LinkAcceptor, options: HostOptions) {
    this.#server = server;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#createSocket = options.createSocket ?? ((url, protocols) => new WebSocket(url, protocols));
  }

  get state(): HostState {
    return this.#state;
  }

  /** Connections that are open or being opened. */
  get links(): number {
    return this.#links;
  }

  start(): void {
    void this.#register();
  }

  /** Accepts no more connections; open ones go on until they end. */
  close(): void {
    if (this.#isOver) return;
    this.#enter({ phase: 'closed' });
    this.#cancelRetry?.();
    this.#control?.close(CLOSE_NORMAL, 'the tab hosts no more');
  }

  get #isOver(): boolean {
    return this.#state.phase === 'closed' || this.#state.phase === 'replaced';
  }

  #enter(state: HostState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }

  async #register(): Promise<void> {
    this.#enter({ phase: 'connecting' });
    try {
      const { token, relay } = this.#options;
      const secret = typeof token === 'function' ? await token() : token;
      if (this.#isOver) return;
      this.#control = this.#createSocket(new URL(relay), hostProtocols(secret));
      this.#listen(this.#control);
    } catch {
      this.#retry();
    }
  }

  #listen(control: WebSocketLike): void {
    control.addEventListener('message', ({ data }) => {
      const message = this.#isOver ? undefined : parseControlMessage(data);
      if (message?.type === 'registered') {
        this.#failures = 0;
        this.#canResume = message.canResume;
        this.#enter({ phase: 'registered', sshPort: message.sshPort });
      } else if (message?.type === 'connection') this.#dial(message.ticket, message.peer);
    });
    control.addEventListener('close', ({ code }) => {
      if (this.#isOver) return;
      if (code === CLOSE_REPLACED) this.#enter({ phase: 'replaced' });
      else this.#retry();
    });
  }

  #retry(): void {
    if (this.#isOver) return;
    const delay = Math.min(FIRST_DELAY * 2 ** this.#failures, LAST_DELAY);
    this.#failures += 1;
    this.#enter({ phase: 'waiting', delay });
    this.#cancelRetry = this.#clock.schedule(() => void this.#register(), delay);
  }

  #dial(ticket: string, peer: Peer, isRetry = false): void {
    // The relay has this bound too; ours holds if it does not.
    if (this.#links >= MAXIMUM_LINKS) return;
    this.#links += 1;
    const over = (): void => {
      this.#links -= 1;
    };
    const socket = this.#openLink(ticket);
    const link = fromWebSocket(socket, { peer, clock: this.#clock, ...browserWebSocket });
    let hasOpened = false;
    socket.addEventListener('open', () => {
      hasOpened = true;
      // Not before: a connection that is only being dialled must not take a place at the server's door, and one that the
      // server gives up must not be taken for a failed dial.
      this.#server.accept(link, peer).then(over, over);
    });
    socket.addEventListener('close', () => {
      if (hasOpened) return;
      over();
      // If the relay has not seen the ticket, it is still valid and the client waits.
      if (!isRetry && !this.#isOver) this.#dial(ticket, peer, true);
    });
  }

  #openLink(ticket: string): WebSocketLike {
    const { relay } = this.#options;
    if (!this.#canResume) return this.#createSocket(new URL(LINK_NAME, relay), linkProtocols(ticket));
    return openWebSocket(new URL(RESUMABLE_NAME, relay), {
      secrets: [ticketProtocol(ticket)],
      clock: this.#clock,
      createSocket: this.#createSocket,
    });
  }
}
