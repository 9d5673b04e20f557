/** The two ends that a session of SSH Relay v4 joins: a link, any kind of WebSocket, and the application's stream. */

/** A WebSocket that has opened. */
export interface MessageLink {
  readonly isOpen: boolean;
  /** Bytes sent that have not left yet. */
  readonly bufferedAmount: number;
  /** Delivers events from here on, and at once those that have already occurred; called once. */
  listen(receiver: LinkReceiver): void;
  /** True if `send` has copied the commands when it returns, as in browsers: their memory may be reused at once. */
  readonly sendCopies?: boolean;
  /**
   * Sends each command as a message, all of them together if the platform can. Unless `sendCopies`, their memory must not
   * change while any of it waits here.
   */
  send(commands: readonly Uint8Array<ArrayBuffer>[]): void;
  /** Ends it after everything sent, and reads on until the peer has answered. */
  close(code: number, reason?: string): void;
  /** Ends it at once, without a code; the peer sees a broken link. */
  terminate(): void;
  /** Goes on delivering if the platform cannot pause. */
  pause(): void;
  resume(): void;
}

export interface LinkReceiver {
  /** A string if the frame was text. Bytes may be a view, which nobody writes to any more. */
  message(message: Uint8Array | string): void;
  /** The peer broke the framing; `closed` follows. */
  faulted(error: Error): void;
  /** The last call. The code is 1006 if the peer sent none. */
  closed(code: number, reason: string): void;
}

/** The side that is not a WebSocket. */
export interface SessionStream {
  /** Delivers its bytes and events from here on; called once. */
  listen(receiver: StreamReceiver): void;
  /** Takes bytes from the peer; false if it wants no more until `drained`. */
  deliver(bytes: Uint8Array): boolean;
  /** Stops `data`, or lets it go on. */
  pause(): void;
  resume(): void;
  /** Delivers what is left, then ends. */
  finish(): Promise<void>;
  /** Ends at once, so that the other side sees an error and not an end of stream. */
  abort(): void;
}

export interface StreamReceiver {
  /** The bytes are copied; chunks that are given together share a command if they fit. */
  data(...chunks: Uint8Array[]): void;
  end(): void;
  drained(): void;
  /** The stream delivers and takes nothing more. */
  gone(error?: Error): void;
}
