/** RFC 4253 §4.2, §6 and §11.1: an identification line and an unencrypted SSH_MSG_DISCONNECT, to refuse a client. */
import type { Socket } from 'node:net';
import { printable } from './bridge-error.js';
import { endGracefully } from './linger.js';

export const SSH_DISCONNECT_BY_APPLICATION = 11;
export const SSH_DISCONNECT_TOO_MANY_CONNECTIONS = 12;
export type DisconnectReason = typeof SSH_DISCONNECT_BY_APPLICATION | typeof SSH_DISCONNECT_TOO_MANY_CONNECTIONS;

const SSH_MSG_DISCONNECT = 1;
const IDENTIFICATION = 'SSH-2.0-ssh-bridge\r\n';
/** Before keys are in place packets are padded to 8 bytes, with at least 4 bytes of padding. */
const BLOCK_LENGTH = 8;
const MIN_PADDING = 4;
const UINT32 = 4;

/** Tells an ssh client why it is not served, and ends its connection in a way that lets it read the message. */
export function refuse(socket: Socket, reason: DisconnectReason, description: string): void {
  socket.write(encodeRefusal(reason, description));
  endGracefully(socket);
}

/** `identification ‖ packet_length ‖ padding_length ‖ payload ‖ padding`. */
export function encodeRefusal(reason: DisconnectReason, description: string): Buffer {
  const text = Buffer.from(printable(description), 'utf8');
  const payloadLength = 1 + UINT32 + UINT32 + text.length + UINT32;
  const unpadded = UINT32 + 1 + payloadLength;
  const padding = BLOCK_LENGTH - ((unpadded + MIN_PADDING) % BLOCK_LENGTH) + MIN_PADDING;
  // Nothing here is secret, so the padding may be zeros.
  const packet = Buffer.alloc(unpadded + padding);
  let offset = packet.writeUInt32BE(packet.length - UINT32, 0);
  offset = packet.writeUInt8(padding, offset);
  offset = packet.writeUInt8(SSH_MSG_DISCONNECT, offset);
  offset = packet.writeUInt32BE(reason, offset);
  offset = packet.writeUInt32BE(text.length, offset);
  offset += text.copy(packet, offset);
  packet.writeUInt32BE(0, offset); // an empty language tag
  return Buffer.concat([Buffer.from(IDENTIFICATION, 'latin1'), packet]);
}
