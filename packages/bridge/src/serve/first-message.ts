/** A page's secret as its first message (RFC 6455 §10.5 leaves the method open), for when logs would show subprotocols. */
import type { Link } from '../websocket/link.js';

export interface Greeting {
  /** The text of the first message; undefined if it cannot be a secret, the link ended, or nothing came in time. */
  readonly secret: Promise<string | undefined>;
  /** What arrived right after it, before the link was paused. The caller takes over the link. */
  takeRest(): readonly Buffer[];
}

/** Reads one message, pauses the link, and keeps the messages that followed it in the same chunk of the socket. */
export function readGreeting(link: Link, timeout: number): Greeting {
  const rest: Buffer[] = [];
  const { promise: secret, settle } = settleOnce<string | undefined>();
  const timer = setTimeout(() => settle(undefined), timeout);
  const onClose = (): void => settle(undefined);
  const onMessage = (message: Buffer, isBinary: boolean): void => {
    if (link.isPaused) {
      // Text, which the pump would refuse, is kept like binary here; the SSH server refuses it.
      rest.push(message);
      return;
    }
    link.pause();
    settle(isBinary ? undefined : message.toString('latin1'));
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
