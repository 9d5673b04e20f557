/** A separate port for operators: /metrics, /healthz (the process runs), /readyz (it accepts new links). */
import { isLoopback, type ListenAddress } from '../address.js';
import { allowLists, checkRequest, pathOf } from '../http/access.js';
import { createHttpServer } from '../http/http-server.js';
import { bind, closed } from '../tcp-listen.js';
import { formatMetrics, type Metric } from './text-format.js';

export interface MetricsSource {
  metrics(): readonly Metric[];
  isReady(): boolean;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly body: string;
}

/** @throws BridgeError if the address is unavailable */
export async function serveMetrics(address: ListenAddress, source: MetricsSource): Promise<MetricsServer> {
  const pages: Readonly<Record<string, () => Page>> = {
    '/metrics': () => ({ status: 200, body: formatMetrics(source.metrics()) }),
    '/healthz': () => ({ status: 200, body: 'ok\n' }),
    '/readyz': () => (source.isReady() ? { status: 200, body: 'ready\n' } : { status: 503, body: 'stopping\n' }),
  };
  const server = createHttpServer();
  const port = await bind(server, address);
  const lists = allowLists(port, [], []);
  server.on('request', (request, response) => {
    // Security: on loopback, Host keeps out pages of other sites; elsewhere, access is up to a firewall.
    const denial = isLoopback(address.host) ? checkRequest(request, lists) : undefined;
    const page = denial
      ? { status: denial.status, body: `${denial.message}\n` }
      : (pages[pathOf(request)]?.() ?? { status: 404, body: 'try /metrics, /healthz or /readyz\n' });
    response.writeHead(page.status, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(page.body);
  });
  return {
    port,
    close() {
      const ended = closed(server);
      server.closeAllConnections();
      return ended;
    },
  };
}
