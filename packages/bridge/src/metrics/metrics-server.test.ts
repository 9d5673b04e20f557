/** The port for operators. */
import { expect, onTestFinished, test } from 'vitest';
import { ask, nextText, openLink, startGateway } from '../testing/gateway.js';
import { linkMetrics } from './link-metrics.js';
import { serveMetrics } from './metrics-server.js';

test('/metrics counts links and bytes, /healthz lives, /readyz says when no new link is taken; other hosts get nothing', async () => {
  const gateway = await startGateway({ token: false });
  const metrics = await serveMetrics(
    { host: '127.0.0.1', port: 0 },
    { metrics: () => linkMetrics(gateway.totals()), isReady: () => !gateway.isClosing() },
  );
  onTestFinished(() => metrics.close());
  const host = `127.0.0.1:${metrics.port}`;
  const get = (path: string, name = host): ReturnType<typeof ask> => ask(metrics.port, 'GET', path, { host: name });
  const { link } = await openLink(gateway.url);
  const echoed = nextText(link);
  link.send(Buffer.from('hello'));
  await echoed;
  const { body, headers } = await get('/metrics');
  expect(headers['content-type']).toContain('version=0.0.4');
  expect(body).toMatch(
    /^# HELP ssh_bridge_links_open .*\n# TYPE ssh_bridge_links_open gauge\nssh_bridge_links_open 1\n/,
  );
  expect(body).toContain('\nssh_bridge_bytes_total{direction="to_target"} 5\n');
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(200);
  expect((await get('/other')).status).toBe(404);
  expect((await get('/metrics', 'evil.test')).status).toBe(421);
  await gateway.close();
  expect((await get('/readyz')).status).toBe(503);
});
