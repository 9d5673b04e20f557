/** RFC 6455 §5.5.2 and §5.5.3: ping and pong, so that a peer which vanished without a word is noticed. */
import type { Link } from './websocket/link.js';

/** Above this many queued bytes pings go unanswered: a peer that asks and does not read must not fill our memory. */
const PONG_MARK = 64 * 1024;

/** For sockets made with `autoPong: false`, which `ws` would answer without a bound. */
export function answerPings(socket: Link): void {
  socket.on('ping', (payload) => {
    if (socket.bufferedAmount <= PONG_MARK) socket.pong(payload);
  });
}

/**
 * Pings every `interval` ms until the socket closes; calls `onDead` once when nothing came back for `timeout` ms.
 */
export function keepBeating(socket: Link, interval: number, timeout: number, onDead: () => void): void {
  let deadline: NodeJS.Timeout | undefined;
  const beat = setInterval(() => {
    socket.ping();
    deadline ??= setTimeout(onDead, timeout);
  }, interval);
  const alive = (): void => {
    clearTimeout(deadline);
    deadline = undefined;
  };
  socket.on('pong', alive);
  socket.on('close', () => {
    clearInterval(beat);
    clearTimeout(deadline);
  });
}
