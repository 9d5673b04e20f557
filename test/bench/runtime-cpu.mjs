/** CPU of a server's process on some runtime for bulk data, with SSH and without. */
import { runSsh } from './bulk.mjs';
import { startProgram } from './child-process.mjs';

const GIGABYTE = 1e9;
export const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'chacha20-poly1305@openssh.com',
];
export const NAMES = ['without SSH', 'with SSH'];
const DIRECTIONS = ['down', 'up'];

/**
 * @param start gives a server `{ port, raw, cpuSeconds, stop }`, a fresh one for each cipher: `raw(direction, bytes)` gives what
 *   `clients/raw-tcp.mjs` is asked for a transfer without SSH, `cpuSeconds()` what its process has used so far
 * @returns rows of `{ label, samples }`: seconds per GB in each round, a list for each of `NAMES`
 */
export async function measureRuntime(start, ciphers, { identities, bytes, warmUpBytes, rounds, progress }) {
  const rawClient = startProgram('clients/raw-tcp.mjs');
  const rows = [];
  for (const cipher of ciphers) {
    const [name] = cipher.split('@');
    progress(name);
    const server = await start();
    const withoutSsh = async (direction, count) =>
      rawClient.ask({ ...(await server.raw(direction, count)), direction, bytes: count });
    const withSsh = (direction, count) => runSsh(server.port, identities, { cipher, direction, bytes: count });
    try {
      for (const direction of DIRECTIONS) {
        const samples = await takeTurns([withoutSsh, withSsh], server, direction, { bytes, warmUpBytes, rounds });
        rows.push({ label: `${name} ${direction}`, samples });
      }
    } finally {
      await server.stop();
    }
  }
  await rawClient.stop();
  return rows;
}

/** Both go round by round, so that what else the machine does falls on both. */
async function takeTurns(transfers, server, direction, { bytes, warmUpBytes, rounds }) {
  for (const transfer of transfers) await transfer(direction, warmUpBytes);
  const used = transfers.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, transfer] of transfers.entries()) {
      const before = server.cpuSeconds();
      await transfer(direction, bytes);
      used[index].push((server.cpuSeconds() - before) / (bytes / GIGABYTE));
    }
  }
  return used;
}
