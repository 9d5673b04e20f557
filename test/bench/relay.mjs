/** `ssh-bridge relay`: CPU per GB over both kinds of links, and memory. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { remember, startProgram } from './child-process.mjs';
import { measureLinkKinds } from './link-kinds.mjs';
import { residentBytes } from './process-figures.mjs';

const MEBIBYTE = 2 ** 20;
const BRIDGE = fileURLToPath(new URL('../../packages/bridge/dist/ssh-bridge.js', import.meta.url));
const BUILD = fileURLToPath(new URL('../../packages/bridge/build.mjs', import.meta.url));
/** As many as a tab may have. */
const LINKS = 200;

/** @returns rows of `{ label, samples }`: CPU seconds per GB; and MiB with idle links */
export async function measureRelay({ settle, progress, ...sizes }) {
  spawnSync(process.execPath, [BUILD], { stdio: 'inherit' });
  const relay = remember(spawn(process.execPath, [BRIDGE, 'relay', '--http=0', '--ssh=0', '--log-format=json']));
  relay.stderr.resume();
  const [line] = await once(relay.stdout, 'data');
  const { port: sshPort, httpPort } = JSON.parse(line);
  const load = startProgram('clients/relay-load.mjs');
  await load.ask({ type: 'register', httpPort, sshPort });
  const cpu = await measureLinkKinds(relay.pid, load, {
    ...sizes,
    progress: (what) => progress(`relay, ${what}`),
  });
  progress(`relay, ${LINKS} idle links`);
  await load.ask({ type: 'hold', count: LINKS });
  await new Promise((resolve) => setTimeout(resolve, settle));
  const memory = residentBytes(relay.pid) / MEBIBYTE;
  await load.stop();
  relay.kill();
  return { cpu, memory, links: LINKS };
}
