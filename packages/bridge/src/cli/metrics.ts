/** `--metrics`: the port for operators, of every verb that serves. */
import { parseListenAddress } from '../address.js';
import { linkMetrics } from '../metrics/link-metrics.js';
import { serveMetrics } from '../metrics/metrics-server.js';
import type { LinkTotals } from '../serve/link-counter.js';

export interface Measurable {
  totals(): LinkTotals;
  isClosing(): boolean;
}

/** Resolves to the port, or to undefined where none is asked for. @throws BridgeError */
export async function startMetrics(address: string | undefined, running: Measurable): Promise<number | undefined> {
  if (address === undefined) return undefined;
  const source = { metrics: () => linkMetrics(running.totals()), isReady: () => !running.isClosing() };
  return (await serveMetrics(parseListenAddress(address), source)).port;
}
