/** A WebSocket without a network, for tests: what is sent is kept, events are given by hand. */
import type { LinkSocket } from '../web-socket-link.js';

type Listener = (event: never) => void;

export class FakeSocket implements LinkSocket {
  readyState: LinkSocket['readyState'] = 0;
  bufferedAmount = 0;
  binaryType: BinaryType = 'blob';
  readonly sent: Uint8Array[] = [];
  closed: { readonly code: number | undefined } | undefined;
  readonly url: URL | undefined;
  readonly protocols: readonly string[];
  readonly #listeners = new Map<string, Listener[]>();

  constructor(url?: URL, protocols: readonly string[] = []) {
    this.url = url;
    this.protocols = protocols;
  }

  addEventListener(type: string, listener: unknown): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, listener as Listener]);
  }

  send(data: unknown): void {
    if (!(data instanceof Uint8Array)) throw new TypeError('only bytes are sent');
    this.sent.push(data.slice());
  }

  close(code?: number): void {
    if (this.readyState >= 2) return;
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

  ends(code: number, reason = ''): void {
    this.readyState = 3;
    this.#dispatch('close', { code, reason });
  }

  #dispatch(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}
