/** The transport in a snapshot, declared like a message. */
import { boolean, optional, string, text, uint32, type Values } from '../wire/fields.js';
import { record } from '../wire/message.js';
import { SSH_MSG_EXT_INFO } from './messages.js';
import { protectionState } from './protection.js';

/** Everything the transport needs to continue: names, keys, counters, and the bytes that wait on both sides. */
export const transportState = record({
  localIdentification: text,
  remoteIdentification: text,
  sessionId: string,
  hostKey: string,
  keyExchange: text,
  hostKeyAlgorithm: text,
  strict: boolean,
  extensions: SSH_MSG_EXT_INFO.fields.extensions,
  incoming: protectionState,
  outgoing: protectionState,
  /** Age of the keys, in ms. */
  keysAge: uint32,
  mayReceiveExtInfo: uint32,
  /** Received but not handled. */
  waiting: string,
  /** `packet_length` of the packet at the front of `waiting`, once it has been read. */
  packetLength: optional(uint32),
  /** Sealed but not written. */
  outgoingBytes: string,
});
export type TransportState = Values<typeof transportState.fields>;

/** What `keysAge` holds of an age in ms: at most 49 days. */
export function clampedAge(milliseconds: number): number {
  return Math.min(Math.max(0, Math.round(milliseconds)), 0xffff_ffff);
}
