/** RFC 6455 §5.2, §5.5 and §7.4: the parts of a frame, and how frames are written. */
import { randomFillSync } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { CLOSE } from './close-codes.js';
import { applyMask } from './mask.js';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type SentOpcode = (typeof OPCODE)['text' | 'binary' | 'close' | 'ping' | 'pong'];

export const FIN = 0x80;
export const MASKED = 0x80;
/** These values mean that the real length follows, in two bytes or in eight. */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;
export const MASK_LENGTH = 4;
/** `2 ‖ extended length of 8 ‖ mask of 4`. */
export const MAX_HEADER_LENGTH = 14;
/** RFC 6455 §5.5. */
export const MAX_CONTROL_LENGTH = 125;

/** What the peer did wrong, with the matching Close code. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

/** The header of one whole frame; ends with `key` if there is one. */
export function encodeHeader(opcode: SentOpcode, length: number, key?: Uint8Array): Buffer {
  const masked = key === undefined ? 0 : MASKED;
  const extended = length < LENGTH_16 ? 0 : length < 0x1_0000 ? 2 : 8;
  const header = Buffer.allocUnsafe(2 + extended + (key === undefined ? 0 : MASK_LENGTH));
  header[0] = FIN | opcode;
  if (extended === 0) header[1] = masked | length;
  else if (extended === 2) {
    header[1] = masked | LENGTH_16;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = masked | LENGTH_64;
    header.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    header.writeUInt32BE(length >>> 0, 6);
  }
  if (key !== undefined) header.set(key, 2 + extended);
  return header;
}

/** A whole masked frame in memory of its own, as clients send it; `payload` is not changed. */
export function encodeMasked(opcode: SentOpcode, payload: Uint8Array): Buffer {
  const key = nextMaskingKey();
  const header = encodeHeader(opcode, payload.length, key);
  const frame = Buffer.allocUnsafe(header.length + payload.length);
  frame.set(header);
  frame.set(payload, header.length);
  applyMask(frame.subarray(header.length), key, 0);
  return frame;
}

const KEY_POOL = new Uint8Array(1024 * MASK_LENGTH);
let keysUsed = KEY_POOL.length;

/** Security: §5.3 requires unpredictable keys, so they come from the system's random source, many at a time. */
function nextMaskingKey(): Uint8Array {
  if (keysUsed === KEY_POOL.length) {
    randomFillSync(KEY_POOL);
    keysUsed = 0;
  }
  keysUsed += MASK_LENGTH;
  return KEY_POOL.subarray(keysUsed - MASK_LENGTH, keysUsed);
}

export function encodeClosePayload(code: number | undefined, reason: string): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  let text = Buffer.from(reason, 'utf8');
  // Cut between characters: the reason must stay valid UTF-8.
  for (let end = MAX_CONTROL_LENGTH - 2; text.length > MAX_CONTROL_LENGTH - 2 || !isUtf8(text); end--) {
    text = text.subarray(0, end);
  }
  const payload = Buffer.allocUnsafe(2 + text.length);
  payload.writeUInt16BE(code, 0);
  payload.set(text, 2);
  return payload;
}

/** @throws FrameError */
export function decodeClosePayload(payload: Buffer): { readonly code: number; readonly reason: string } {
  if (payload.length === 0) return { code: CLOSE.noStatus, reason: '' };
  if (payload.length === 1) throw new FrameError(CLOSE.protocolError, 'a Close frame of one byte');
  const code = payload.readUInt16BE(0);
  if (!isSendableCode(code)) throw new FrameError(CLOSE.protocolError, `close code ${code}`);
  const reason = payload.subarray(2);
  if (!isUtf8(reason)) throw new FrameError(CLOSE.invalidPayload, 'a close reason that is not UTF-8');
  return { code, reason: reason.toString('utf8') };
}

/** §7.4.1 and its IANA registry: 1004 to 1006 and 1015 never occur in a frame. */
function isSendableCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code <= 4999);
}
