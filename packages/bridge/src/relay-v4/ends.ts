/** What a session of SSH Relay v4 joins: a link, which is a WebSocket of any kind, and a stream, which is its application. */

/** A WebSocket that has opened. */
export interface MessageLink {
  readonly isOpen: boolean;
  /** What was sent and has not left, in bytes. */
  readonly bufferedAmount: number;
  /** Tells what comes from here on, and at once what has been already; called once. */
  listen(receiver: LinkReceiver): void;
  /** True where `send` has copied the commands when it returns, as those of the web do: their memory may be used again at once. */
  readonly sendCopies?: boolean;
  /** A message each, which leave together where the platform can do that. Else the memory stays as it is as long as any of it waits here. */
  send(commands: readonly Uint8Array<ArrayBuffer>[]): void;
  /** Ends it behind what was sent, and reads on until the peer has answered. */
  close(code: number, reason?: string): void;
  /** Ends it at once, without a code: for the peer it broke. */
  terminate(): void;
  /** Where the platform cannot, it goes on delivering. */
  pause(): void;
  resume(): void;
}

export interface LinkReceiver {
  /** Text where the frame was one. Bytes may be a view, which nobody writes to any more. */
  message(message: Uint8Array | string): void;
  /** The peer broke the framing; `closed` follows. */
  faulted(error: Error): void;
  /** The last call. 1006 where the peer has said nothing. */
  closed(code: number, reason: string): void;
}

/** The side that is not a WebSocket. */
export interface SessionStream {
  /** Tells what it has from here on; called once. */
  listen(receiver: StreamReceiver): void;
  /** Takes bytes of the peer; false when that was enough until it says `drained`. */
  deliver(bytes: Uint8Array): boolean;
  /** Stops it, or lets it go on, to say `data`. */
  pause(): void;
  resume(): void;
  /** Delivers what is left, then ends. */
  finish(): Promise<void>;
  /** Ends at once, so that the other side sees an error and not an end of stream. */
  abort(): void;
}

export interface StreamReceiver {
  /** The bytes are copied. */
  data(bytes: Uint8Array): void;
  end(): void;
  drained(): void;
  /** Nothing more comes, and nothing is taken. */
  gone(error?: Error): void;
}
