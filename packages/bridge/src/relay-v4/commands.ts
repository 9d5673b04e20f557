/** SSH Relay v4 (nassh/docs/relay-protocol.md): one command per WebSocket message, numbers big endian. */

/** `tag ‖ fields`, as the protocol numbers them; 3, 5 and 6 are unassigned. `LONG_ARRAYS` is our own; others ignore it. */
const TAG = { CONNECT_SUCCESS: 1, RECONNECT_SUCCESS: 2, DATA: 4, ACK: 7, LONG_ARRAYS: 0x4e43 } as const;
const TAG_LENGTH = 2;
const LENGTH_LENGTH = 4;
const POSITION_LENGTH = 8;
/** `tag ‖ length` before an array. */
export const ARRAY_HEADER_LENGTH: number = TAG_LENGTH + LENGTH_LENGTH;
/** Longest array of the protocol, in bytes. */
export const ARRAY_LENGTH: number = 16 * 1024;
/**
 * Longest array if both ends are ours, in bytes: what our engine writes at once. In a page a message costs as much as some
 * 64 KiB of bytes do, and packets that two messages share are copied, so longer ones are cheaper; but one has to arrive whole
 * before its link breaks.
 */
export const LONG_ARRAY_LENGTH: number = 264 * 1024;
/** Longest command, in bytes: what a link in this protocol accepts as a message. */
export const MAX_COMMAND_LENGTH: number = ARRAY_HEADER_LENGTH + LONG_ARRAY_LENGTH;

/** RFC 6455 §1.9: the subprotocol with which clients ask for this protocol. */
export const RELAY_PROTOCOL = 'ssh';

export type Command =
  | { readonly name: 'CONNECT_SUCCESS'; readonly sid: string }
  | { readonly name: 'RECONNECT_SUCCESS'; readonly position: number }
  | { readonly name: 'ACK'; readonly position: number }
  /** The array is a view of the message. */
  | { readonly name: 'DATA'; readonly data: Uint8Array }
  /** The sender accepts arrays of LONG_ARRAY_LENGTH. */
  | { readonly name: 'LONG_ARRAYS' }
  /** §Commands: to be ignored, so that commands may be added. */
  | { readonly name: 'unknown'; readonly tag: number };

/** The peer broke the protocol; positions can no longer be trusted. */
export class ResumeFault extends Error {
  override readonly name = 'ResumeFault';
}

/** A DATA command with the bytes of all `pieces`, in memory of its own, or in `into`, which must have its length. */
export function encodeData(
  pieces: Uint8Array | readonly Uint8Array[],
  into?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  return encodeArray(TAG.DATA, pieces instanceof Uint8Array ? [pieces] : pieces, into);
}

export function encodeConnectSuccess(sid: string): Uint8Array<ArrayBuffer> {
  return encodeArray(TAG.CONNECT_SUCCESS, [new TextEncoder().encode(sid)]);
}

export function encodeReconnectSuccess(position: number): Uint8Array<ArrayBuffer> {
  return encodePosition(TAG.RECONNECT_SUCCESS, position);
}

export function encodeAck(position: number): Uint8Array<ArrayBuffer> {
  return encodePosition(TAG.ACK, position);
}

export function encodeLongArrays(): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(TAG.LONG_ARRAYS >>> 8, TAG.LONG_ARRAYS & 0xff);
}

function encodeArray(
  tag: number,
  pieces: readonly Uint8Array[],
  command: Uint8Array<ArrayBuffer> = new Uint8Array(ARRAY_HEADER_LENGTH + lengthOf(pieces)),
): Uint8Array<ArrayBuffer> {
  command[1] = tag;
  writeUint32(command, TAG_LENGTH, command.length - ARRAY_HEADER_LENGTH);
  let offset = ARRAY_HEADER_LENGTH;
  for (const piece of pieces) {
    command.set(piece, offset);
    offset += piece.length;
  }
  return command;
}

/** All their bytes. */
export function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

function encodePosition(tag: number, position: number): Uint8Array<ArrayBuffer> {
  const command = new Uint8Array(TAG_LENGTH + POSITION_LENGTH);
  command[1] = tag;
  writeUint32(command, TAG_LENGTH, Math.floor(position / 2 ** 32));
  writeUint32(command, TAG_LENGTH + 4, position);
  return command;
}

/** @throws ResumeFault */
export function decodeCommand(message: Uint8Array): Command {
  if (message.length < TAG_LENGTH) throw new ResumeFault('a command without a tag');
  const tag = ((message[0] as number) << 8) | (message[1] as number);
  switch (tag) {
    case TAG.CONNECT_SUCCESS:
      return { name: 'CONNECT_SUCCESS', sid: decodeSid(arrayOf(message)) };
    case TAG.RECONNECT_SUCCESS:
      return { name: 'RECONNECT_SUCCESS', position: positionOf(message) };
    case TAG.DATA:
      return { name: 'DATA', data: arrayOf(message) };
    case TAG.ACK:
      return { name: 'ACK', position: positionOf(message) };
    case TAG.LONG_ARRAYS:
      if (message.length !== TAG_LENGTH)
        throw new ResumeFault(`no fields expected in a message of ${message.length} bytes`);
      return { name: 'LONG_ARRAYS' };
    default:
      return { name: 'unknown', tag };
  }
}

function arrayOf(message: Uint8Array): Uint8Array {
  const length = message.length < ARRAY_HEADER_LENGTH ? undefined : readUint32(message, TAG_LENGTH);
  if (length !== message.length - ARRAY_HEADER_LENGTH) {
    throw new ResumeFault(`an array of ${length ?? 'no'} bytes in a message of ${message.length}`);
  }
  return message.subarray(ARRAY_HEADER_LENGTH);
}

function positionOf(message: Uint8Array): number {
  if (message.length !== TAG_LENGTH + POSITION_LENGTH) {
    throw new ResumeFault(`a position in a message of ${message.length} bytes`);
  }
  const position = readUint32(message, TAG_LENGTH) * 2 ** 32 + readUint32(message, TAG_LENGTH + 4);
  // Numbers above this are not exact; no stream comes near.
  if (!Number.isSafeInteger(position)) throw new ResumeFault('a position above 2^53');
  return position;
}

/** §CONNECT_SUCCESS: printable ASCII. It goes into a URL later. */
function decodeSid(bytes: Uint8Array): string {
  const sid = new TextDecoder('latin1').decode(bytes);
  if (!/^[\x21-\x7e]{1,1024}$/.test(sid)) throw new ResumeFault('a session id that is not printable ASCII');
  return sid;
}

function readUint32(bytes: Uint8Array, offset: number): number {
  const [a, b, c, d] = [bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]] as [
    number,
    number,
    number,
    number,
  ];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}
