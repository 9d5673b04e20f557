/** CPU of a server's process on some runtime for bulk data, with SSH and without. */
import { runSsh } from './bulk.mjs';
import { startProgram } from './child-process.mjs';
import { cpuSeconds } from './process-figures.mjs';
import { sum } from './statistics.mjs';

const GIGABYTE = 1e9;
export const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'chacha20-poly1305@openssh.com',
];

export const columns = (ciphers) => ['without SSH', ...ciphers.map((cipher) => cipher.split('@')[0])];

/**
 * @param server `{ pid, port, raw }`: `raw(direction, bytes)` gives what `clients/raw-tcp.mjs` is asked for a transfer without SSH
 * @returns rows of `{ label, values }`: seconds per GB, without SSH and by each of `ciphers`
 */
export async function measureRuntime(server, ciphers, identities, { bytes, warmUpBytes, rounds, progress }) {
  const rawClient = startProgram('clients/raw-tcp.mjs');
  const transfer = async (cipher, direction, count) => {
    if (cipher !== undefined) return runSsh(server.port, identities, { cipher, direction, bytes: count });
    return rawClient.ask({ ...(await server.raw(direction, count)), direction, bytes: count });
  };
  const contenders = [undefined, ...ciphers];
  const rows = [];
  for (const direction of ['down', 'up']) {
    progress(direction);
    for (const cipher of contenders) await transfer(cipher, direction, warmUpBytes);
    const used = contenders.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, cipher] of contenders.entries()) {
        const before = cpuSeconds(server.pid);
        await transfer(cipher, direction, bytes);
        used[index].push(cpuSeconds(server.pid) - before);
      }
    }
    rows.push({ label: direction, values: used.map((times) => sum(times) / ((bytes * rounds) / GIGABYTE)) });
  }
  await rawClient.stop();
  return rows;
}
