/**
 * X Window System Protocol, "Connection Setup": the server is told a substitute cookie, and connections that present it
 * reach the display with the real one.
 */
import { equalBytes } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import { isByteLink, linkFromDuplex, type ByteLink, type LinkReceiver } from '../link.js';
import { concatenate } from '../wire/concatenate.js';
import type { Dial } from './client-forwarding.js';

/** RFC 4254 §6.3: an X server on this side, for the programs of a session. */
export interface LentDisplay {
  /** Connects to it. */
  readonly open: Dial;
  /** The real cookie, in hexadecimal, as xauth(1) lists it. Security: the server is told another one. */
  readonly authenticationCookie: string;
  /** `MIT-MAGIC-COOKIE-1` by default. */
  readonly authenticationProtocol?: string;
  /** 0 by default. */
  readonly screenNumber?: number;
  /** Whether the server gets only a single connection. */
  readonly singleConnection?: boolean;
}

const USUAL_PROTOCOL = 'MIT-MAGIC-COOKIE-1';
const HEXADECIMAL = /^(?:[0-9a-f]{2}){1,128}$/i;
/** Byte order, version, and the lengths of what follows, with two bytes of padding each. */
const HEAD_LENGTH = 12;
const LITTLE_ENDIAN = 0x6c;
const BIG_ENDIAN = 0x42;

const utf8 = new TextEncoder();

/** What a server is told of a display, and how the channels it opens lead there. */
export interface GuardedDisplay {
  readonly request: {
    readonly singleConnection: boolean;
    readonly authenticationProtocol: string;
    readonly authenticationCookie: string;
    readonly screenNumber: number;
  };
  readonly dial: Dial;
}

/** @throws ConfigurationError for an invalid cookie. */
export function guardDisplay(display: LentDisplay, random: (length: number) => Uint8Array): GuardedDisplay {
  const { authenticationProtocol = USUAL_PROTOCOL, screenNumber = 0, singleConnection = false } = display;
  if (!HEXADECIMAL.test(display.authenticationCookie))
    throw new ConfigurationError('display.authenticationCookie is 1 to 128 bytes in hexadecimal digits');
  const own = Uint8Array.from(display.authenticationCookie.match(/../g)!, (digits) => parseInt(digits, 16));
  const told = random(own.length);
  const authenticationCookie = Array.from(told, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    request: { singleConnection, authenticationProtocol, authenticationCookie, screenNumber },
    dial: async () => {
      const stream = await display.open();
      const link = isByteLink(stream) ? stream : linkFromDuplex(stream);
      return exchangeCookie(link, utf8.encode(authenticationProtocol), told, own);
    },
  };
}

/** `link`, with `told` replaced by `own` in writes. Security: whoever presents another cookie reaches nothing. */
function exchangeCookie(link: ByteLink, protocol: Uint8Array, told: Uint8Array, own: Uint8Array): ByteLink {
  /** The part of the setup received so far; undefined once it has been passed on. */
  let setup: Uint8Array | undefined = new Uint8Array(0);
  let receiver: LinkReceiver | undefined;
  const refuse = (): void => {
    const left = receiver;
    receiver = undefined;
    link.destroy();
    left?.end(new Error('a program showed another cookie than its own'));
  };
  return {
    open: (target) => {
      receiver = target;
      link.open({
        chunk: (bytes) => receiver?.chunk(bytes),
        end: (error) => receiver?.end(error),
        drain: () => receiver?.drain(),
        gone: () => receiver?.gone?.(),
      });
    },
    write: (bytes) => {
      if (setup === undefined) return link.write(bytes);
      setup = concatenate([setup, bytes]);
      const place = placeOfCookie(setup, protocol, told);
      if (place === 'wrong') refuse();
      if (typeof place !== 'number') return true;
      setup.set(own, place);
      const passed = setup;
      setup = undefined;
      return link.write(passed);
    },
    pause: () => link.pause(),
    resume: () => link.resume(),
    end: () => link.end(),
    destroy: () => link.destroy(),
  };
}

/** The offset of the cookie in the first bytes that a program sends. */
function placeOfCookie(setup: Uint8Array, protocol: Uint8Array, told: Uint8Array): number | 'incomplete' | 'wrong' {
  if (setup.length < HEAD_LENGTH) return 'incomplete';
  const order = setup[0];
  if (order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) return 'wrong';
  const view = new DataView(setup.buffer, setup.byteOffset, setup.byteLength);
  const lengthAt = (offset: number): number => view.getUint16(offset, order === LITTLE_ENDIAN);
  if (lengthAt(6) !== protocol.length || lengthAt(8) !== told.length) return 'wrong';
  const place = HEAD_LENGTH + 4 * Math.ceil(protocol.length / 4);
  if (setup.length < place + told.length) return 'incomplete';
  // Timing reveals only the lengths, which are not secret.
  const isRight =
    equalBytes(setup.subarray(HEAD_LENGTH, HEAD_LENGTH + protocol.length), protocol) &&
    equalBytes(setup.subarray(place, place + told.length), told);
  return isRight ? place : 'wrong';
}
