/** CPU of Deno and of Bun for bulk data, with SSH and without, over TCP. */
import { findBun, findDeno } from '../../scripts/lib/runtimes.mjs';
import { startService } from '../../scripts/lib/service.mjs';
import { bundleServer } from './bundle.mjs';
import { cpuSeconds } from './process-figures.mjs';
import { CIPHERS, measureRuntime } from './runtime-cpu.mjs';

const RUNTIMES = {
  deno: { name: 'Deno', find: findDeno, words: ['run', '--quiet', '--no-config', '--no-lock', '-A'] },
  bun: { name: 'Bun', find: findBun, words: ['run'] },
};

/** @returns rows of `{ label, samples }`: seconds per GB in each round */
export function measureStandalone(runtime, identities, sizes) {
  return measureRuntime(() => start(runtime, identities), CIPHERS, { identities, ...sizes });
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
  return { port: service.port, raw, cpuSeconds: () => cpuSeconds(service.pid), stop: () => service.close() };
}
