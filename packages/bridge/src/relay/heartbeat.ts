/** RFC 6455 §5.5.2: pings a peer that may vanish without a word, and notices when it has. */
import type { WebSocket } from 'ws';

/**
 * Pings every `interval` ms until the socket closes; calls `onDead` once when nothing came back for `timeout` ms.
 */
export function keepBeating(socket: WebSocket, interval: number, timeout: number, onDead: () => void): void {
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
  socket.once('close', () => {
    clearInterval(beat);
    clearTimeout(deadline);
  });
}
