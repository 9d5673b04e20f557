/** Exit codes, from sysexits.h and the signals, that scripts around `ssh-bridge` can rely on. */

export const EXIT = {
  clean: 0,
  usage: 64,
  /** The server answered the WebSocket handshake with something other than 101. */
  refused: 65,
  /** The target or the address to listen on is unavailable, or the link broke. */
  unavailable: 69,
  timeout: 75,
  notAllowed: 77,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
