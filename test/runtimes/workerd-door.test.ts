/** A server's door in real workerd, where a connection may use no socket but its own. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { collectUndos } from './playground-process.js';

const RUNTIMES = new URL('../../scripts/lib/runtimes.mjs', import.meta.url).href;
/** The default of `limits.unauthenticated`. */
const PLACES = 100;
const TOO_MANY = 20;

interface Runtimes {
  startWorkerd(options: { readonly port: number }): Promise<{ readonly port: number; close(): Promise<void> }>;
}

test('no stranger is answered with an exception because it displaces another, and those beyond the limit are ended', async () => {
  const undos = collectUndos();
  try {
    const { startWorkerd } = (await import(RUNTIMES)) as Runtimes;
    const workerd = await startWorkerd({ port: 0 });
    undos.add(() => workerd.close());
    let ended = 0;
    for (let index = 0; index < PLACES + TOO_MANY; index += 1) {
      const socket = new WebSocket(`ws://127.0.0.1:${workerd.port}/`);
      undos.add(() => socket.terminate());
      socket.once('close', () => (ended += 1));
      // Rejects with the HTTP status of a refusal.
      await once(socket, 'open');
    }
    await expect.poll(() => ended).toBeGreaterThanOrEqual(TOO_MANY);
  } finally {
    await undos.run();
  }
});
