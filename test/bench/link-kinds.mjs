/** What a process uses for the same bytes over links that end with their connection and over links that can be resumed. */
import { cpuSeconds } from './process-figures.mjs';

const GIGABYTE = 1e9;

/** The tables' columns. */
export const LINK_KINDS = ['plain', 'can be resumed'];

/**
 * @param load answers `transfer`
 * @returns rows of `{ label, samples }`: CPU seconds per GB, a list for each kind
 */
export async function measureLinkKinds(pid, load, { bytes, warmUpBytes, rounds, progress }) {
  const rows = [];
  for (const direction of ['down', 'up']) {
    const samples = LINK_KINDS.map(() => []);
    const transfer = (index, count) =>
      load.ask({ type: 'transfer', direction, bytes: count, isResumable: index === 1 });
    for (const index of LINK_KINDS.keys()) await transfer(index, warmUpBytes);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, kind] of LINK_KINDS.entries()) {
        progress(`${direction}, ${kind}`);
        const before = cpuSeconds(pid);
        await transfer(index, bytes);
        samples[index].push(((cpuSeconds(pid) - before) / bytes) * GIGABYTE);
      }
    }
    rows.push({ label: direction === 'down' ? 'to the client' : 'from the client', samples });
  }
  return rows;
}
