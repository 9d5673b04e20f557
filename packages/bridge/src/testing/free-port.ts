/** Test support: ports for what cannot bind port 0 and say which it got, and ports where nobody listens. */
import { createServer } from 'node:net';

/**
 * Below those that systems give to outgoing connections and to port 0 (Linux from 32768, others from 49152), so
 * that hardly anybody takes one between its being picked and bound. Each of Vitest's workers that run side by side has its
 * own. Playwright's workers, and two runs at once, share some: each begins at random.
 */
const PORTS = { first: 10_000, ofWorker: 2_500, workers: 8 };
const firstPort = PORTS.first + (Number(process.env['VITEST_POOL_ID'] ?? 0) % PORTS.workers) * PORTS.ofWorker;
let offset = Math.floor(Math.random() * PORTS.ofWorker);

/** A loopback port that nobody listens on, and that hardly anybody else is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    offset = (offset + 1) % PORTS.ofWorker;
    if (await isFree(firstPort + offset)) return firstPort + offset;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
