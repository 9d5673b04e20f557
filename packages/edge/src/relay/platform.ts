/** The parts of Workers and Durable Objects that are used; their own types fit. */

export interface RelaySocket {
  readonly readyState: number;
  /** Bytes given to `send` that have not left. */
  readonly bufferedAmount: number;
  accept(): void;
  send(message: string | ArrayBuffer | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** What the object still knows about this socket after it was asleep. */
  serializeAttachment(attachment: unknown): void;
  deserializeAttachment(): unknown;
}

export interface RelayStorage {
  list(options: { readonly prefix: string }): Promise<Map<string, unknown>>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** @param time in ms since 1970 */
  setAlarm(time: number): Promise<void>;
}

export interface RelayState {
  readonly storage: RelayStorage;
  acceptWebSocket(socket: RelaySocket, tags: string[]): void;
  /** Sockets that are open or closing. */
  getWebSockets(tag?: string): RelaySocket[];
  blockConcurrencyWhile<T>(callback: () => Promise<T>): Promise<T>;
}

/** The binding of a Durable Object. */
export interface RelayObjects {
  idFromName(name: string): object;
  get(id: object): { fetch(request: Request): Promise<Response> };
}

declare const WebSocketPair: new () => { readonly 0: RelaySocket; readonly 1: RelaySocket };

/** The two ends of a WebSocket: one for the answer, one to keep. */
export function openSocket(): { readonly theirs: RelaySocket; readonly ours: RelaySocket } {
  const { 0: theirs, 1: ours } = new WebSocketPair();
  return { theirs, ours };
}

/** RFC 6455 §4.2.2. */
export function switching(webSocket: RelaySocket, headers: Readonly<Record<string, string>> = {}): Response {
  const init: ResponseInit & { readonly webSocket: RelaySocket } = { status: 101, webSocket, headers };
  return new Response(null, init);
}

/** An answer of one line, which says what to do next. */
export function refusal({ status, message }: Denial): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
  return new Response(`${message}\n`, {
    status,
    headers: status === 426 ? { ...headers, upgrade: 'websocket' } : headers,
  });
}

export interface Denial {
  readonly status: 400 | 401 | 403 | 404 | 410 | 426 | 429 | 503;
  readonly message: string;
}
