/** CPU of a server's process on some runtime for bulk data, with SSH and without. */
import { runSsh } from './bulk.mjs';
import { startProgram } from './child-process.mjs';
import { measureRounds } from './rounds.mjs';

export const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'chacha20-poly1305@openssh.com',
];
export const NAMES = ['without SSH', 'with SSH'];

/**
 * @param startServer starts a fresh server, `{ port, raw, cpuSeconds, stop }`: `raw(direction, bytes)` is what
 *   `clients/raw-tcp.mjs` is asked for a transfer without SSH, `cpuSeconds()` what the server's process has used so far
 * @returns rows of `{ label, samples }`, as `measureRounds` does, with a list for each of `NAMES`
 */
export async function measureRuntime(startServer, ciphers, { identities, ...sizes }) {
  const rawClient = startProgram('clients/raw-tcp.mjs');
  const start = async (cipher) => {
    const server = await startServer();
    const withoutSsh = async (direction, bytes) =>
      rawClient.ask({ ...(await server.raw(direction, bytes)), direction, bytes });
    const withSsh = (direction, bytes) => runSsh(server.port, identities, { cipher, direction, bytes });
    const contenders = [withoutSsh, withSsh].map((transfer) => ({
      cpuSeconds: () => server.cpuSeconds(),
      transfer,
      needsWarmUp: true,
    }));
    return { contenders, stop: () => server.stop() };
  };
  const rows = await measureRounds(ciphers, { ...sizes, start, label: (cipher) => cipher.split('@')[0] });
  await rawClient.stop();
  return rows;
}
