/** RFC 6455 §5.5.2 and §5.5.3: ping and pong, so that a peer which vanished without a word is noticed. */
import type { StreamLink } from './websocket/link.js';

/** Above this many queued bytes pings go unanswered: a peer that asks and does not read must not fill our memory. */
const PONG_MARK = 64 * 1024;

/** RFC 6455 §5.5.3, within a bound. */
export function answerPings(socket: StreamLink): void {
  socket.on('ping', (payload) => {
    if (socket.bufferedAmount <= PONG_MARK) socket.pong(payload);
  });
}

/**
 * Pings every `interval` ms until the socket closes; calls `onDead` once nothing came back for `timeout` ms.
 *
 * A paused socket is not judged: what the peer says waits unread, because of us and not of it.
 */
export function keepBeating(socket: StreamLink, interval: number, timeout: number, onDead: () => void): void {
  let deadline: NodeJS.Timeout | undefined;
  const judge = (): void => {
    deadline = undefined;
    if (!socket.isPaused) onDead();
  };
  const beat = setInterval(() => {
    socket.ping();
    deadline ??= setTimeout(judge, timeout);
  }, interval);
  const alive = (): void => {
    if (deadline === undefined) return;
    clearTimeout(deadline);
    deadline = undefined;
  };
  socket.on('pong', alive);
  socket.on('message', alive);
  socket.on('close', () => {
    clearInterval(beat);
    clearTimeout(deadline);
  });
}

/** Both in ms. Below the 30 to 60 s after which balancers drop a silent connection. */
const PING_INTERVAL = 25_000;
const PONG_TIMEOUT = 20_000;

/** Ends a link whose peer has vanished. */
export function endWhenSilent(
  link: StreamLink,
  interval: number = PING_INTERVAL,
  timeout: number = PONG_TIMEOUT,
): void {
  keepBeating(link, interval, timeout, () => link.terminate());
}
