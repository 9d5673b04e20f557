/** CPU of Deno and of Bun for bulk data, with SSH and without, over TCP. */
import { findBun, findDeno } from '../../scripts/lib/runtimes.mjs';
import { startService } from '../../scripts/lib/service.mjs';
import { bundleServer } from './bundle.mjs';
import { CIPHERS, columns, measureRuntime } from './runtime-cpu.mjs';

export const NAMES = columns(CIPHERS);

const RUNTIMES = {
  deno: { name: 'Deno', find: findDeno, words: ['run', '--quiet', '--no-config', '--no-lock', '-A'] },
  bun: { name: 'Bun', find: findBun, words: ['run'] },
};

/** @returns rows of `{ label, values }`: seconds per GB, in the order of `NAMES` */
export async function measureStandalone(runtime, identities, sizes) {
  const server = await start(runtime, identities);
  try {
    return await measureRuntime(server, CIPHERS, identities, sizes);
  } finally {
    await server.close();
  }
}

async function start(runtime, { folder, hostKey, authorizedKey }) {
  const { name, find, words } = RUNTIMES[runtime];
  const file = await bundleServer(runtime, folder, 'neutral');
  let rawPort;
  const service = await startService(find(), [...words, file], {
    name,
    listening: (line) => {
      rawPort = line.rawPort;
      return line.port;
    },
    explain: (text) => `${name}: ${text}`,
    env: { HOST_KEY: hostKey, AUTHORIZED_KEY: authorizedKey },
  });
  const raw = (direction, bytes) => ({ port: rawPort, says: `${direction} ${bytes}\n` });
  return { pid: service.pid, port: service.port, raw, close: () => service.close() };
}
