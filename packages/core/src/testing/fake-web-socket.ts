/** A WebSocket without a network, for tests: records what is sent; events are triggered by hand. */
import type { WebSocketLike } from '../web-socket-link.js';

type Listener = (event: never) => void;

export class FakeWebSocket implements WebSocketLike {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = 'blob';
  readonly sent: Uint8Array[] = [];
  closed: { readonly code: number | undefined } | undefined;
  readonly url: string | undefined;
  readonly protocols: readonly string[];
  readonly #listeners = new Map<string, Listener[]>();

  constructor(url?: string, protocols: readonly string[] = []) {
    this.url = url;
    this.protocols = protocols;
  }

  addEventListener(type: string, listener: unknown): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, listener as Listener]);
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes.slice());
  }

  close(code?: number): void {
    if (this.closed !== undefined || this.readyState === 3) return;
    this.readyState = 2;
    this.closed = { code };
  }

  opens(): void {
    this.readyState = 1;
    this.#dispatch('open', {});
  }

  receives(data: Uint8Array | string): void {
    this.#dispatch('message', { data: typeof data === 'string' ? data : data.slice().buffer });
  }

  /** As a substitute for a WebSocket may deliver it: nothing is copied. */
  receivesView(data: Uint8Array): void {
    this.#dispatch('message', { data });
  }

  /** As in workerd, where the program itself answers a close. */
  receivesClose(code: number, reason = ''): void {
    this.readyState = 2;
    this.#dispatch('close', { code, reason });
  }

  ends(code: number, reason = ''): void {
    this.readyState = 3;
    this.#dispatch('close', { code, reason });
  }

  #dispatch(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}
