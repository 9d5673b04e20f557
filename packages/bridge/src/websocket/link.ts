/** What the bridge needs of an open WebSocket. */

export interface SendOptions {
  readonly binary: boolean;
  readonly compress: false;
}

/** `readyState` of a link that accepts messages. */
export const OPEN = 1;
/** `readyState` of a link that has emitted `close`. */
export const CLOSED = 3;

/** What the pump and its pings need; tests also use implementations other than our own. */
export interface StreamLink {
  readonly readyState: number;
  /** Bytes sent that have not left this process. */
  readonly bufferedAmount: number;
  readonly isPaused: boolean;
  on(event: 'message', listener: (message: Buffer, isBinary: boolean) => void): unknown;
  /** The last event. The code is the peer's, 1005 for a Close without one, 1006 without a Close. */
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  /** The peer broke the framing, or the socket failed; `close` follows. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'ping' | 'pong', listener: (payload: Buffer) => void): unknown;
  off(event: 'message', listener: (message: Buffer, isBinary: boolean) => void): unknown;
  off(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  send(message: Uint8Array | string, options: SendOptions, onSent?: () => void): void;
  ping(): void;
  pong(payload: Uint8Array): void;
  /** Sends what is queued and a Close frame, and ends when the peer has answered it. */
  close(code?: number, reason?: string): void;
  /** Ends at once, without a Close frame. */
  terminate(): void;
  pause(): void;
  resume(): void;
}

export interface Link extends StreamLink {
  /** Sends several messages in one write: each write wakes the peer. */
  sendAll(messages: readonly Uint8Array[], options: SendOptions): void;
}
