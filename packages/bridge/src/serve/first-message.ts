/** A page's secret as its first message (RFC 6455 §10.5 leaves the way open), for servers whose logs show subprotocols. */
import type { Link } from '../websocket/link.js';

/** Longer than any secret with its prefix, in bytes. */
const MAX_SECRET_LENGTH = 256;

export interface Greeting {
  /** The text of the first message; undefined when it is no secret's, when the link ended, or nothing came in time. */
  readonly secret: Promise<string | undefined>;
  /** What arrived right behind it, before the link was paused. Whoever asks takes over. */
  takeRest(): readonly Buffer[];
}

/** Reads one message, pauses the link, and keeps what one chunk of the socket had behind it. */
export function readGreeting(link: Link, timeout: number): Greeting {
  const rest: Buffer[] = [];
  const { promise: secret, settle } = settleOnce<string | undefined>();
  const timer = setTimeout(() => settle(undefined), timeout);
  const onClose = (): void => settle(undefined);
  const onMessage = (message: Buffer, isBinary: boolean): void => {
    if (link.isPaused) {
      // Text would be refused later as well; it is kept as what it is not, and the SSH server refuses it.
      rest.push(message);
      return;
    }
    link.pause();
    settle(isBinary || message.length > MAX_SECRET_LENGTH ? undefined : message.toString('latin1'));
  };
  link.on('message', onMessage);
  link.on('close', onClose);
  void secret.then(() => {
    clearTimeout(timer);
    link.off('close', onClose);
  });
  return {
    secret,
    takeRest() {
      link.off('message', onMessage);
      return rest;
    },
  };
}

function settleOnce<T>(): { readonly promise: Promise<T>; readonly settle: (value: T) => void } {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, settle: (value) => settle?.(value) };
}
