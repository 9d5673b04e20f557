/** A server's statistics in Prometheus's text format, version 0.0.4. Security: contains no name, address or text of a peer. */
import type { ServerStats } from '../stats.js';

/** For the response header `content-type`. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Row = readonly [name: string, type: 'gauge' | 'counter', help: string, value: (stats: ServerStats) => number];

const ROWS: readonly Row[] = [
  ['connections', 'gauge', 'Connections that are open.', ({ connections }) => connections],
  ['connections_unauthenticated', 'gauge', 'Those that have not logged in.', ({ unauthenticated }) => unauthenticated],
  ['channels', 'gauge', 'Channels that are open.', ({ channels }) => channels],
  ['sources', 'gauge', 'Addresses and prefixes that have a connection.', ({ sources }) => sources.size],
  ['connections_accepted_total', 'counter', 'Connections that were let in.', ({ accepted }) => accepted],
  ['connections_refused_total', 'counter', 'Connections for which there was no room.', ({ refused }) => refused],
  ['connections_penalised_total', 'counter', 'Connections refused for penalties.', ({ penalised }) => penalised],
  ['connections_displaced_total', 'counter', 'Connections ended to make room.', ({ displaced }) => displaced],
  ['logins_total', 'counter', 'Connections that logged in.', ({ authenticated }) => authenticated],
];

/** `prefix` starts every name: `nacre_connections 3`. */
export function formatMetrics(stats: ServerStats, prefix = 'nacre'): string {
  const lines = ROWS.flatMap(([name, type, help, value]) => [
    ...head(`${prefix}_${name}`, type, help),
    `${prefix}_${name} ${value(stats)}`,
  ]);
  const offences = `${prefix}_offences_total`;
  const rows = Object.entries(stats.offences).map(([offence, count]) => `${offences}{offence="${offence}"} ${count}`);
  return [...lines, ...head(offences, 'counter', 'Connections that ended without a login, by why.'), ...rows, ''].join(
    '\n',
  );
}

function head(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
