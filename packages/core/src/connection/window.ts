/** RFC 4254 §5.2: the two windows of a channel, in bytes. */
import { ProtocolError } from '../errors.js';

const MAXIMUM_WINDOW = 0xffff_ffff;

/** How many bytes the peer lets us send. */
export class SendWindow {
  size: number;

  constructor(size: number) {
    this.size = size;
  }

  /** @throws ProtocolError if the window would exceed 2^32-1. */
  add(bytes: number): void {
    if (this.size + bytes > MAXIMUM_WINDOW) throw new ProtocolError('channel window exceeds 2^32-1 bytes');
    this.size += bytes;
  }

  use(bytes: number): void {
    this.size -= bytes;
  }
}

/** How many bytes we let the peer send. Credit is returned only for bytes that the application has used. */
export class ReceiveWindow {
  /** Bytes that the peer may still send. */
  size: number;
  /** The initial size. */
  readonly limit: number;
  /** Bytes used by the application and not yet returned as credit. */
  unreturned = 0;

  constructor(limit: number) {
    this.size = limit;
    this.limit = limit;
  }

  /** @throws ProtocolError if the peer sends more than it was granted. */
  receive(bytes: number): void {
    if (bytes > this.size) throw new ProtocolError(`${bytes} bytes of channel data exceed the window of ${this.size}`);
    this.size -= bytes;
  }

  /** @returns how many bytes to grant now; 0 until half the window has been used. */
  consumed(bytes: number): number {
    this.unreturned += bytes;
    if (this.unreturned < this.limit / 2) return 0;
    const credit = this.unreturned;
    this.unreturned = 0;
    this.size += credit;
    return credit;
  }
}
