/** CPU of workerd for bulk data, with SSH and without, over WebSocket. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { startService } from '../../scripts/lib/service.mjs';
import { bundleServer } from './bundle.mjs';
import { startProgram } from './child-process.mjs';
import { threadSeconds } from './process-figures.mjs';
import { CIPHERS, measureRuntime } from './runtime-cpu.mjs';

/** workerd has no ChaCha20, so a Worker does not offer it. */
const OFFERED = CIPHERS.filter((cipher) => !cipher.startsWith('chacha20'));

/** @returns rows of `{ label, samples }`: seconds per GB in each round */
export async function measureWorkerd(identities, sizes) {
  const bridge = startProgram('servers/bridge.mjs');
  try {
    return await measureRuntime(() => startBehind(bridge, identities), OFFERED, { identities, ...sizes });
  } finally {
    await bridge.stop();
  }
}

async function startBehind(bridge, identities) {
  const workerd = await startWorkerd(identities);
  const portTo = async (path) => {
    const { port } = await bridge.ask({ type: 'listen', url: `ws://127.0.0.1:${workerd.port}${path}` });
    return port;
  };
  return {
    port: await portTo('/'),
    raw: async (direction, bytes) => ({ port: await portTo(`/raw/${direction}/${bytes}`) }),
    cpuSeconds: () => threadSeconds(workerd.pid),
    stop: () => workerd.close(),
  };
}

/** With the flags of the playground's own configuration, which says why. */
const configuration = (worker) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["--max-semi-space-size=1", "--single-threaded-gc"],
  services = [(name = "bench", worker = (
    modules = [(name = "worker", esModule = embed "${worker}")],
    compatibilityDate = "2026-07-01",
    compatibilityFlags = ["nodejs_compat"],
    bindings = [(name = "HOST_KEY", fromEnvironment = "HOST_KEY")],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "bench")],
);
`;

async function startWorkerd({ folder, hostKey }) {
  const worker = relative(folder, await bundleServer('worker', folder, 'neutral'));
  const file = join(folder, 'workerd.capnp');
  writeFileSync(file, configuration(worker));
  return startService(createRequire(import.meta.url)('workerd').default, ['serve', '--control-fd=3', file], {
    name: 'workerd',
    announcements: 3,
    listening: (line) => (line.event === 'listen' && line.socket === 'http' ? line.port : undefined),
    explain: (text) => `workerd: ${text}`,
    env: { HOST_KEY: hostKey },
  });
}
