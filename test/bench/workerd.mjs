/** CPU of workerd for bulk data, with SSH and without, over WebSocket. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startService } from '../../scripts/lib/service.mjs';
import { runSsh } from './bulk.mjs';
import { startProgram } from './child-process.mjs';
import { cpuSeconds } from './process-figures.mjs';
import { sum } from './statistics.mjs';

const WORKER = fileURLToPath(new URL('servers/worker.mjs', import.meta.url));
const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr'];
const GIGABYTE = 1e9;

export const NAMES = ['without SSH', ...CIPHERS.map((cipher) => cipher.split('@')[0])];

/** @returns rows of `{ label, values }`: seconds per GB, in the order of `NAMES` */
export async function measureWorkerd(identities, sizes) {
  const workerd = await startWorkerd(identities);
  try {
    return await measure(workerd, identities, sizes);
  } finally {
    await workerd.close();
  }
}

async function measure(workerd, identities, { bytes, warmUpBytes, rounds, progress }) {
  const bridge = startProgram('servers/bridge.mjs');
  const rawClient = startProgram('clients/raw-tcp.mjs');
  const portTo = async (path) => {
    const { port } = await bridge.ask({ type: 'listen', url: `ws://127.0.0.1:${workerd.port}${path}` });
    return port;
  };
  const port = await portTo('/');
  const transfer = async (cipher, direction, count) => {
    if (cipher !== undefined) return runSsh(port, identities, { cipher, direction, bytes: count });
    return rawClient.ask({ port: await portTo(`/raw/${direction}/${count}`), direction, bytes: count });
  };
  const rows = [];
  for (const direction of ['down', 'up']) {
    progress(direction);
    const contenders = [undefined, ...CIPHERS];
    for (const cipher of contenders) await transfer(cipher, direction, warmUpBytes);
    const used = contenders.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, cipher] of contenders.entries()) {
        const before = cpuSeconds(workerd.pid);
        await transfer(cipher, direction, bytes);
        used[index].push(cpuSeconds(workerd.pid) - before);
      }
    }
    rows.push({ label: direction, values: used.map((times) => sum(times) / ((bytes * rounds) / GIGABYTE)) });
  }
  await Promise.all([bridge.stop(), rawClient.stop()]);
  return rows;
}

/** With the flags of the playground's own configuration, which says why. */
const configuration = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["--max-semi-space-size=1", "--single-threaded-gc"],
  services = [(name = "bench", worker = (
    modules = [(name = "worker", esModule = embed "worker.js")],
    compatibilityDate = "2026-07-01",
    compatibilityFlags = ["nodejs_compat"],
    bindings = [(name = "HOST_KEY", fromEnvironment = "HOST_KEY")],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "bench")],
);
`;

async function startWorkerd({ folder, hostKey }) {
  await build({
    entryPoints: [WORKER],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*'],
    logLevel: 'error',
  });
  const file = join(folder, 'workerd.capnp');
  writeFileSync(file, configuration);
  return startService(createRequire(import.meta.url)('workerd').default, ['serve', '--control-fd=3', file], {
    name: 'workerd',
    announcements: 3,
    listening: (line) => (line.event === 'listen' && line.socket === 'http' ? line.port : undefined),
    explain: (text) => `workerd: ${text}`,
    env: { HOST_KEY: hostKey },
  });
}
