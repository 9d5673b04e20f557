/** The totals of links, as metrics. */
import type { LinkTotals } from '../serve/link-counter.js';
import type { Metric } from './text-format.js';

export function linkMetrics(totals: LinkTotals): readonly Metric[] {
  const byLabel = (label: string, counts: Readonly<Record<string, number>>): Metric['values'] =>
    Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
  return [
    { name: 'ssh_bridge_links_open', type: 'gauge', help: 'Open links.', values: [{ value: totals.open }] },
    {
      name: 'ssh_bridge_links_total',
      type: 'counter',
      help: 'Links opened.',
      values: [{ value: totals.opened }],
    },
    {
      name: 'ssh_bridge_links_ended_total',
      type: 'counter',
      help: 'Links ended, by how they ended.',
      values: byLabel('how', totals.ended),
    },
    {
      name: 'ssh_bridge_refused_total',
      type: 'counter',
      help: 'Visitors refused a link, by reason.',
      values: byLabel('why', totals.refused),
    },
    {
      name: 'ssh_bridge_bytes_total',
      type: 'counter',
      help: 'Bytes carried, by direction.',
      values: byLabel('direction', { from_target: totals.bytesFromTargets, to_target: totals.bytesToTargets }),
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      help: 'Resident memory of the process, in bytes.',
      values: [{ value: process.memoryUsage.rss() }],
    },
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'CPU time of the process, in seconds.',
      values: [{ value: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 }],
    },
  ];
}
