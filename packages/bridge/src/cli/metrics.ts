/** `--metrics`: the operators' port of every verb that serves. */
import { formatAddress, parseListenAddress } from '../address.js';
import type { Log } from '../log.js';
import { linkMetrics } from '../metrics/link-metrics.js';
import { serveMetrics } from '../metrics/metrics-server.js';
import type { LinkTotals } from '../serve/link-counter.js';

export interface Measurable {
  totals(): LinkTotals;
  isClosing(): boolean;
}

/** Resolves to the port, or to undefined if none is asked for. @throws BridgeError */
export async function startMetrics(
  text: string | undefined,
  running: Measurable,
  log: Log,
): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const address = parseListenAddress(text);
  const source = { metrics: () => linkMetrics(running.totals()), isReady: () => !running.isClosing() };
  const { port } = await serveMetrics(address, source);
  log('info', 'metrics', `metrics at ${formatAddress({ ...address, port })}: /metrics, /healthz, /readyz`);
  return port;
}
