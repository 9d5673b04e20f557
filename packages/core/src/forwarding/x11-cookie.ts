/** X Window System Protocol, "Connection Setup": whoever knows the cookie that a server was told reaches the display by its own. */
import { equalBytes } from '../crypto/provider.js';
import { ConfigurationError } from '../errors.js';
import { isByteLink, linkFromDuplex, type ByteLink, type LinkReceiver } from '../link.js';
import { concatenate } from '../wire/concatenate.js';
import type { Dial } from './client-forwarding.js';

/** RFC 4254 §6.3: an X server of this side, for the programs of a session. */
export interface LentDisplay {
  /** Connects to it. */
  readonly open: Dial;
  /** Its own, in hexadecimal digits, as xauth(1) lists it. Security: the server is told another one. */
  readonly authenticationCookie: string;
  /** `MIT-MAGIC-COOKIE-1` if not given. */
  readonly authenticationProtocol?: string;
  /** 0 if not given. */
  readonly screenNumber?: number;
  /** Whether one connection is all that the server gets. */
  readonly singleConnection?: boolean;
}

const USUAL_PROTOCOL = 'MIT-MAGIC-COOKIE-1';
const HEXADECIMAL = /^(?:[0-9a-f]{2}){1,128}$/i;
/** Byte order, version, and the lengths of what follows, with a filler of two bytes each. */
const HEAD_LENGTH = 12;
const LITTLE_ENDIAN = 0x6c;
const BIG_ENDIAN = 0x42;

const utf8 = new TextEncoder();

/** What a server is told of a display, and how what it opens leads there. */
export interface GuardedDisplay {
  readonly request: {
    readonly singleConnection: boolean;
    readonly authenticationProtocol: string;
    readonly authenticationCookie: string;
    readonly screenNumber: number;
  };
  readonly dial: Dial;
}

/** @throws ConfigurationError for a cookie that is none. */
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

/** `link`, to which `own` is written in the place of `told`. Security: whoever shows another cookie reaches nothing. */
function exchangeCookie(link: ByteLink, protocol: Uint8Array, told: Uint8Array, own: Uint8Array): ByteLink {
  /** What has come of the setup; undefined once it is passed on. */
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

/** Where the cookie stands in what a program sends first. */
function placeOfCookie(setup: Uint8Array, protocol: Uint8Array, told: Uint8Array): number | 'incomplete' | 'wrong' {
  if (setup.length < HEAD_LENGTH) return 'incomplete';
  const order = setup[0];
  if (order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) return 'wrong';
  const view = new DataView(setup.buffer, setup.byteOffset, setup.byteLength);
  const lengthAt = (offset: number): number => view.getUint16(offset, order === LITTLE_ENDIAN);
  if (lengthAt(6) !== protocol.length || lengthAt(8) !== told.length) return 'wrong';
  const place = HEAD_LENGTH + 4 * Math.ceil(protocol.length / 4);
  if (setup.length < place + told.length) return 'incomplete';
  // The time that this takes tells the lengths only, which are no secret.
  const isRight =
    equalBytes(setup.subarray(HEAD_LENGTH, HEAD_LENGTH + protocol.length), protocol) &&
    equalBytes(setup.subarray(place, place + told.length), told);
  return isRight ? place : 'wrong';
}
