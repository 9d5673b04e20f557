/** What one connection may hold and have in transit. */

export interface ConnectionLimits {
  /** Channels open or being opened. */
  readonly channels: number;
  /** Receive window of a channel, in bytes. */
  readonly window: number;
  /** Largest `data` in a message we accept, in bytes. */
  readonly packet: number;
  /** Channel data is encoded while less than this waits to be written, in bytes: one write takes up to a packet more. */
  readonly sendBuffer: number;
  /** The most that is kept for the connection, in bytes; packets are then limited to 35,000. */
  readonly budget?: number;
}

/** The size of one of our channels, if it differs from the limits; packets are never larger than those. */
export type ChannelSize = Partial<Pick<ConnectionLimits, 'window' | 'packet'>>;

/**
 * A full send buffer and one more packet stay below 256 KiB, the most that the caches of workerd's allocator (tcmalloc) hold:
 * to send a larger chunk costs more there.
 */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  channels: 100,
  window: 2 * 1024 * 1024,
  packet: 32 * 1024,
  sendBuffer: 224 * 1024,
};
