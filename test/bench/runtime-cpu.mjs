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
 * Each cipher has several processes, one after another: how well a process comes to run is luck and stays with it.
 * @param start gives a server `{ port, raw, cpuSeconds, stop }`, a fresh one each time: `raw(direction, bytes)` gives what
 *   `clients/raw-tcp.mjs` is asked for a transfer without SSH, `cpuSeconds()` what its process has used so far
 * @returns rows of `{ label, samples }`: seconds per GB in each round of each process, a list for each of `NAMES`
 */
export async function measureRuntime(start, ciphers, { identities, processes, progress, ...sizes }) {
  const rawClient = startProgram('clients/raw-tcp.mjs');
  const rows = [];
  for (const cipher of ciphers) {
    const [name] = cipher.split('@');
    const samples = DIRECTIONS.map(() => NAMES.map(() => []));
    for (let count = 1; count <= processes; count += 1) {
      progress(`${name}, process ${count} of ${processes}`);
      const server = await start();
      const withoutSsh = async (direction, bytes) =>
        rawClient.ask({ ...(await server.raw(direction, bytes)), direction, bytes });
      const withSsh = (direction, bytes) => runSsh(server.port, identities, { cipher, direction, bytes });
      try {
        for (const [index, direction] of DIRECTIONS.entries())
          await takeTurns([withoutSsh, withSsh], server, direction, samples[index], sizes);
      } finally {
        await server.stop();
      }
    }
    rows.push(...DIRECTIONS.map((direction, index) => ({ label: `${name} ${direction}`, samples: samples[index] })));
  }
  await rawClient.stop();
  return rows;
}

/**
 * Both go round by round, so that what else the machine does falls on both. The rounds before the counted ones are for the compiler: V8
 * takes more than a gigabyte to have done with a connection's code.
 */
async function takeTurns(transfers, server, direction, samples, { bytes, warmUps, rounds }) {
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [index, transfer] of transfers.entries()) {
      const before = server.cpuSeconds();
      await transfer(direction, bytes);
      if (round >= 0) samples[index].push((server.cpuSeconds() - before) / (bytes / GIGABYTE));
    }
  }
}
