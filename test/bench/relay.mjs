/** `ssh-bridge relay`: CPU per GB over both kinds of links, and memory. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { remember, startProgram } from './child-process.mjs';
import { cpuSeconds, residentBytes } from './process-figures.mjs';
import { median } from './statistics.mjs';

const GIGABYTE = 1e9;
const MEBIBYTE = 2 ** 20;
const BRIDGE = fileURLToPath(new URL('../../packages/bridge/dist/ssh-bridge.js', import.meta.url));
const BUILD = fileURLToPath(new URL('../../packages/bridge/build.mjs', import.meta.url));
/** As many as a tab may have. */
const LINKS = 200;

export const RELAY_LINKS = ['plain', 'can be resumed'];

/** @returns rows of `{ label, values }`: CPU seconds per GB; and MiB with idle links */
export async function measureRelay({ bytes, warmUpBytes, rounds, settle, progress }) {
  spawnSync(process.execPath, [BUILD], { stdio: 'inherit' });
  const relay = remember(spawn(process.execPath, [BRIDGE, 'relay', '--http=0', '--ssh=0', '--log-format=json']));
  relay.stderr.resume();
  const [line] = await once(relay.stdout, 'data');
  const { port: sshPort, httpPort } = JSON.parse(line);
  const load = startProgram('clients/relay-load.mjs');
  await load.ask({ type: 'register', httpPort, sshPort });
  const cpu = [];
  for (const direction of ['down', 'up']) {
    const samples = RELAY_LINKS.map(() => []);
    const transfer = (index, count) =>
      load.ask({ type: 'transfer', direction, bytes: count, isResumable: index === 1 });
    for (const index of RELAY_LINKS.keys()) await transfer(index, warmUpBytes);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, name] of RELAY_LINKS.entries()) {
        progress(`relay, ${direction}, ${name}`);
        const before = cpuSeconds(relay.pid);
        await transfer(index, bytes);
        samples[index].push(((cpuSeconds(relay.pid) - before) / bytes) * GIGABYTE);
      }
    }
    cpu.push({
      label: direction === 'down' ? 'to the ssh client' : 'from the ssh client',
      values: samples.map(median),
    });
  }
  progress(`relay, ${LINKS} idle links`);
  await load.ask({ type: 'hold', count: LINKS });
  await new Promise((resolve) => setTimeout(resolve, settle));
  const memory = residentBytes(relay.pid) / MEBIBYTE;
  await load.stop();
  relay.kill();
  return { cpu, memory, links: LINKS };
}
