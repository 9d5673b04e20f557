/** SSH Relay v4 (nassh/docs/relay-protocol.md): one command a WebSocket message, numbers big endian. */

/** `tag ‖ fields`, as the protocol numbers them; 3, 5 and 6 are not given out. */
const TAG = { CONNECT_SUCCESS: 1, RECONNECT_SUCCESS: 2, DATA: 4, ACK: 7 } as const;
const TAG_LENGTH = 2;
const LENGTH_LENGTH = 4;
const POSITION_LENGTH = 8;
/** `tag ‖ length` before an array. */
export const ARRAY_HEADER_LENGTH: number = TAG_LENGTH + LENGTH_LENGTH;
/** Longest array, in bytes. */
export const MAX_ARRAY_LENGTH: number = 16 * 1024;
/** Longest command, in bytes: what a link in this protocol accepts as a message. */
export const MAX_COMMAND_LENGTH: number = ARRAY_HEADER_LENGTH + MAX_ARRAY_LENGTH;

/** RFC 6455 §1.9: the subprotocol by which clients ask for this. */
export const RELAY_PROTOCOL = 'ssh';

export type Command =
  | { readonly name: 'CONNECT_SUCCESS'; readonly sid: string }
  | { readonly name: 'RECONNECT_SUCCESS'; readonly position: number }
  | { readonly name: 'ACK'; readonly position: number }
  /** The array is a view of the message. */
  | { readonly name: 'DATA'; readonly data: Buffer }
  /** §Commands: to be ignored, so that commands may be added. */
  | { readonly name: 'unknown'; readonly tag: number };

/** The peer broke the protocol; nothing that it says later can be trusted to be in place. */
export class ResumeFault extends Error {
  override readonly name = 'ResumeFault';
}

/** A DATA command in memory of its own. */
export function encodeData(data: Uint8Array): Buffer {
  const command = Buffer.allocUnsafe(ARRAY_HEADER_LENGTH + data.length);
  command.writeUInt16BE(TAG.DATA, 0);
  command.writeUInt32BE(data.length, TAG_LENGTH);
  command.set(data, ARRAY_HEADER_LENGTH);
  return command;
}

export function encodeConnectSuccess(sid: string): Buffer {
  const command = encodeData(Buffer.from(sid, 'latin1'));
  command.writeUInt16BE(TAG.CONNECT_SUCCESS, 0);
  return command;
}

export function encodeReconnectSuccess(position: number): Buffer {
  return encodePosition(TAG.RECONNECT_SUCCESS, position);
}

export function encodeAck(position: number): Buffer {
  return encodePosition(TAG.ACK, position);
}

function encodePosition(tag: number, position: number): Buffer {
  const command = Buffer.allocUnsafe(TAG_LENGTH + POSITION_LENGTH);
  command.writeUInt16BE(tag, 0);
  command.writeBigUInt64BE(BigInt(position), TAG_LENGTH);
  return command;
}

/** @throws ResumeFault */
export function decodeCommand(message: Buffer): Command {
  if (message.length < TAG_LENGTH) throw new ResumeFault('a command without a tag');
  const tag = message.readUInt16BE(0);
  switch (tag) {
    case TAG.CONNECT_SUCCESS:
      return { name: 'CONNECT_SUCCESS', sid: decodeSid(arrayOf(message)) };
    case TAG.RECONNECT_SUCCESS:
      return { name: 'RECONNECT_SUCCESS', position: positionOf(message) };
    case TAG.DATA:
      return { name: 'DATA', data: arrayOf(message) };
    case TAG.ACK:
      return { name: 'ACK', position: positionOf(message) };
    default:
      return { name: 'unknown', tag };
  }
}

function arrayOf(message: Buffer): Buffer {
  const length = message.length < ARRAY_HEADER_LENGTH ? undefined : message.readUInt32BE(TAG_LENGTH);
  if (length !== message.length - ARRAY_HEADER_LENGTH) {
    throw new ResumeFault(`an array of ${length ?? 'no'} bytes in a message of ${message.length}`);
  }
  return message.subarray(ARRAY_HEADER_LENGTH);
}

function positionOf(message: Buffer): number {
  if (message.length !== TAG_LENGTH + POSITION_LENGTH) {
    throw new ResumeFault(`a position in a message of ${message.length} bytes`);
  }
  const position = Number(message.readBigUInt64BE(TAG_LENGTH));
  // Above this numbers are not exact; no stream comes near.
  if (!Number.isSafeInteger(position)) throw new ResumeFault('a position above 2^53');
  return position;
}

/** §CONNECT_SUCCESS: printable ASCII. It goes into a URL later. */
function decodeSid(bytes: Buffer): string {
  const sid = bytes.toString('latin1');
  if (!/^[\x21-\x7e]{1,1024}$/.test(sid)) throw new ResumeFault('a session id that is not printable ASCII');
  return sid;
}
