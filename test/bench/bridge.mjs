/** `ssh-bridge serve` beside other gateways from WebSocket to TCP: CPU per GB, added latency, memory of idle links. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { remember, startProgram } from './child-process.mjs';
import { cpuSeconds, descendants, residentBytes } from './process-figures.mjs';
import { median } from './statistics.mjs';

const GIGABYTE = 1e9;
const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;
/** In ms. */
const SAMPLING = 100;
const BRIDGE = fileURLToPath(new URL('../../packages/bridge/dist/ssh-bridge.js', import.meta.url));
const BUILD = fileURLToPath(new URL('../../packages/bridge/build.mjs', import.meta.url));

const serve = {
  name: 'ssh-bridge serve',
  words: (port, target) => [
    process.execPath,
    BRIDGE,
    'serve',
    '--listen',
    port,
    '--to',
    `127.0.0.1:${target}`,
    '--no-token',
  ],
};
const gateway = {
  name: 'ws, createWebSocketStream',
  words: (_port, target) => [process.execPath, server('ws-gateway'), target],
};
const websockify = {
  name: 'websockify',
  // It makes a process for each link, so 2,000 of them say nothing about one.
  isManyProcesses: true,
  words: (port, target) => ['websockify', `127.0.0.1:${port}`, `127.0.0.1:${target}`],
};
const proxy = {
  name: 'bare TCP proxy',
  isBare: true,
  words: (_port, target) => [process.execPath, server('tcp-proxy'), target],
};

/** The tables' columns. */
export function bridgeContenders() {
  const hasWebsockify = spawnSync('websockify', ['--help']).status === 0;
  return [serve, gateway, ...(hasWebsockify ? [websockify] : []), proxy];
}

function server(name) {
  return fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url));
}

/** @returns rows of `{ label, samples }`, CPU seconds per GB, and of `{ label, values }`, added milliseconds and MiB of the process */
export async function measureBridge(contenders, sizes) {
  const { bytes, warmUpBytes, rounds, roundTrips, links, settle, peakBytes, progress } = sizes;
  spawnSync(process.execPath, [BUILD], { stdio: 'inherit' });
  const load = startProgram('clients/bridge-load.mjs');
  const { port: target } = await load.ask({ type: 'target' });
  const running = [];
  for (const contender of contenders) running.push(await start(contender, target));
  const cpu = await measureCpu(running, load, { bytes, warmUpBytes, rounds, progress });
  const latency = await measureLatency(running, load, target, { roundTrips, rounds, progress });
  for (const each of running) await each.stop();
  const memory = [];
  for (const contender of contenders)
    memory.push(await measureMemory(contender, load, target, { links, settle, progress }));
  const peaks = peakBytes.map((length) => ({
    label: `most, ${length / GIBIBYTE} GiB by one link`,
    length,
    values: [],
  }));
  for (const { length, values } of peaks)
    for (const contender of contenders) values.push(await measurePeak(contender, load, target, { length, progress }));
  await load.stop();
  return { cpu, latency, memory: [{ label: `${links} idle links`, values: memory }, ...peaks] };
}

async function start({ name, isBare = false, words }, target) {
  const free = await freePort();
  const [program, ...rest] = words(String(free), String(target));
  const child = remember(spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
  const port = await new Promise((resolve, reject) => {
    let text = '';
    const look = (chunk) => {
      text += chunk;
      const said = /listening on (?:\S*:)?(\d+)/i.exec(text)?.[1];
      if (said !== undefined) resolve(Number(said));
      else if (text.includes('proxying')) resolve(free);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', () => reject(new Error(`${name} ended early: ${text}`)));
  });
  const pids = () => [child.pid, ...descendants(child.pid)];
  return {
    name,
    gateway: { port, isBare },
    cpu: () => pids().reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    memory: () => residentBytes(child.pid),
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

async function measureCpu(running, load, { bytes, warmUpBytes, rounds, progress }) {
  const rows = [];
  for (const direction of ['down', 'up']) {
    const samples = running.map(() => []);
    for (const { gateway: to } of running) await load.ask({ type: 'transfer', direction, bytes: warmUpBytes, ...to });
    // They take turns, so that other work on the machine affects all of them.
    for (let round = 0; round < rounds; round += 1) {
      const entries = [...running.entries()];
      for (const [index, each] of round % 2 === 0 ? entries : entries.toReversed()) {
        progress(`${each.name}, ${direction}`);
        const before = each.cpu();
        await load.ask({ type: 'transfer', direction, bytes, ...each.gateway });
        samples[index].push(((each.cpu() - before) / bytes) * GIGABYTE);
        await load.ask({ type: 'drop' });
      }
    }
    rows.push({ label: direction === 'down' ? 'to the client' : 'from the client', samples });
  }
  return rows;
}

async function measureLatency(running, load, target, { roundTrips, rounds, progress }) {
  const samples = running.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { name, gateway: to }] of running.entries()) {
      progress(`${name}, latency`);
      const direct = await load.ask({ type: 'latency', count: roundTrips, port: target, isBare: true });
      const through = await load.ask({ type: 'latency', count: roundTrips, ...to });
      samples[index].push(through.milliseconds - direct.milliseconds);
    }
  }
  return [{ label: 'median of 64 bytes there and back', values: samples.map(median) }];
}

/** @param settle in ms: once little happens, V8 returns what it took while links were made */
async function measureMemory(contender, load, target, { links, settle, progress }) {
  if (contender.isManyProcesses) return undefined;
  progress(`${contender.name}, ${links} idle links`);
  const each = await start(contender, target);
  await load.ask({ type: 'hold', count: links, ...each.gateway });
  await new Promise((resolve) => setTimeout(resolve, settle));
  const bytes = each.memory();
  await load.ask({ type: 'drop' });
  await each.stop();
  return bytes / MEBIBYTE;
}

/** Peak memory while one link carries this many bytes to the client: if that is flat, more bytes take no more. */
async function measurePeak(contender, load, target, { length, progress }) {
  if (contender.isManyProcesses) return undefined;
  progress(`${contender.name}, ${length / GIBIBYTE} GiB by one link`);
  const each = await start(contender, target);
  let most = 0;
  const sampling = setInterval(() => (most = Math.max(most, each.memory())), SAMPLING);
  await load.ask({ type: 'transfer', direction: 'down', bytes: length, ...each.gateway });
  clearInterval(sampling);
  await load.ask({ type: 'drop' });
  await each.stop();
  return most / MEBIBYTE;
}
