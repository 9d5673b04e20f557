/** RFC 6455 §5.5.2 and §5.5.3: ping and pong, to notice a peer that vanished silently. */
import type { StreamLink } from './websocket/link.js';

/** Above this many queued bytes pings go unanswered: a peer that pings and does not read must not fill our memory. */
const PONG_MARK = 64 * 1024;

/** RFC 6455 §5.5.3, within a bound. */
export function answerPings(socket: StreamLink): void {
  socket.on('ping', (payload) => {
    if (socket.bufferedAmount <= PONG_MARK) socket.pong(payload);
  });
}

/**
 * Pings every `interval` ms until the socket closes; calls `onDead` once nothing has come back for `timeout` ms.
 *
 * A paused socket is not judged: it is we who leave the peer's answers unread.
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

/** Both in ms. Load balancers drop a silent connection after 30 to 60 s. */
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
