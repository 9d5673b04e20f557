/** One run of the benchmarks: what is measured, how much of it, and the resulting page. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureBrowser, NAMES as BROWSER_NAMES } from './browser.mjs';
import { bridgeContenders, measureBridge } from './bridge.mjs';
import { measureBulk } from './bulk.mjs';
import { killAll } from './child-process.mjs';
import { bareTcp, contenders } from './contenders.mjs';
import { measureCuts } from './cuts.mjs';
import { measureHostile } from './hostile-keys.mjs';
import { makeIdentities } from './identities.mjs';
import { measureIdle } from './idle.mjs';
import { installSsh2 } from './install-ssh2.mjs';
import { measureLogins } from './logins.mjs';
import { NAMES as RUNTIME_NAMES } from './runtime-cpu.mjs';
import { measureStandalone } from './standalone.mjs';
import { LINK_KINDS } from './link-kinds.mjs';
import { measureRelay } from './relay.mjs';
import { measureServeLinks } from './serve-links.mjs';
import { measureStartUp, NAMES as START_NAMES } from './start-up.mjs';
import { multipleTable, plainTable, ratioTable, roundsTable } from './table.mjs';
import { measureWorkerd } from './workerd.mjs';

const MEBIBYTE = 2 ** 20;

const FULL = {
  bulk: { bytes: 64 * MEBIBYTE, warmUps: 7, rounds: 4, processes: 4 },
  logins: { count: 50, warmUp: 50, rounds: 4 },
  idle: { count: 1000, warmUp: 100, processes: 3, silence: 120_000 },
  hostile: { milliseconds: 20_000 },
  browser: { bytes: 512 * MEBIBYTE, warmUpBytes: 64 * MEBIBYTE, rounds: 3 },
  runtime: { bytes: 320 * MEBIBYTE, warmUps: 4, rounds: 3, processes: 2 },
  bridge: {
    bytes: 512 * MEBIBYTE,
    warmUpBytes: 256 * MEBIBYTE,
    rounds: 11,
    roundTrips: 1500,
    links: 2000,
    settle: 45_000,
    peakBytes: [1024 * MEBIBYTE, 10 * 1024 * MEBIBYTE],
    starts: 21,
  },
  cuts: { bytes: 256 * MEBIBYTE, clonedBytes: 500 * MEBIBYTE, life: [300, 1000], seed: 2026 },
};
const QUICK = {
  bulk: { bytes: 64 * MEBIBYTE, warmUps: 1, rounds: 1, processes: 1 },
  logins: { count: 20, warmUp: 10, rounds: 1 },
  idle: { count: 200, warmUp: 50, processes: 1, silence: 2000 },
  hostile: { milliseconds: 3000 },
  browser: { bytes: 64 * MEBIBYTE, warmUpBytes: 16 * MEBIBYTE, rounds: 1 },
  runtime: { bytes: 64 * MEBIBYTE, warmUps: 1, rounds: 1, processes: 1 },
  bridge: {
    bytes: 256 * MEBIBYTE,
    warmUpBytes: 64 * MEBIBYTE,
    rounds: 1,
    roundTrips: 500,
    links: 200,
    settle: 2000,
    peakBytes: [256 * MEBIBYTE, 1024 * MEBIBYTE],
    starts: 5,
  },
  cuts: { bytes: 16 * MEBIBYTE, clonedBytes: 32 * MEBIBYTE, life: [500, 1500], seed: 2026 },
};

/** Measures `parts` and prints the tables. `cache` keeps what was installed for the next run. */
export async function runBench({ cache, isQuick, parts }) {
  const started = Date.now();
  const progress = (what) => console.error(`  ${((Date.now() - started) / 1000).toFixed(0)} s: ${what}`);
  progress('installing ssh2 from npm, unless it is here');
  const ssh2 = await installSsh2(cache);
  if (ssh2.addon === undefined)
    console.error("ssh2's native addon could not be built (it needs Python, make and a C++ compiler): it is left out");
  const folder = mkdtempSync(join(tmpdir(), 'nacre-bench-'));
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      killAll();
      process.exit(1);
    });
  console.log(machine(isQuick));
  try {
    const identities = await makeIdentities(folder);
    for (const part of parts)
      console.log(await PARTS[part](contenders(ssh2), identities, isQuick ? QUICK : FULL, progress));
  } finally {
    killAll();
    rmSync(folder, { recursive: true });
  }
  console.log(`Took ${((Date.now() - started) / 1000).toFixed(0)} s; load average at the end ${shownLoad()}.`);
}

const PARTS = {
  async bulk(servers, identities, { bulk }, progress) {
    const rows = await measureBulk(servers, identities, {
      ...bulk,
      progress: (what) => progress(`bulk data, ${what}`),
    });
    return roundsTable('Server CPU, seconds per GB', names(servers), rows, 2);
  },
  async logins(servers, identities, { logins }, progress) {
    const sizes = { ...logins, progress: (what) => progress(`logins, ${what}`) };
    const { latencies, cpu } = await measureLogins(servers, identities, sizes);
    return [
      ratioTable('Login, median latency in ms', names(servers), latencies, 1),
      ratioTable('Login, server CPU in ms', names(servers), cpu, 2),
    ].join('');
  },
  async idle(servers, identities, { idle }, progress) {
    const all = [...servers, bareTcp];
    const rows = await measureIdle(all, identities, {
      ...idle,
      progress: (what) => progress(`idle connections, ${what}`),
    });
    return ratioTable('Memory of an idle authenticated connection, KiB', names(all), rows, 1);
  },
  async bridge(_servers, _identities, { bridge }, progress) {
    const gateways = bridgeContenders();
    const { cpu, latency, memory } = await measureBridge(gateways, { ...bridge, progress });
    const serve = await measureServeLinks({ ...bridge, progress });
    const relay = await measureRelay({ ...bridge, progress });
    const starts = measureStartUp({ ...bridge, progress });
    return [
      roundsTable('CPU of a gateway, seconds per GB', names(gateways), cpu, 2),
      ratioTable('Latency that a gateway adds, ms', names(gateways), latency, 3),
      ratioTable('Resident memory of a gateway, MiB', names(gateways), memory, 0),
      roundsTable('CPU of serve by its links, seconds per GB', LINK_KINDS, serve, 2, true),
      roundsTable('CPU of a relay by its links, seconds per GB', LINK_KINDS, relay.cpu, 2, true),
      `\nResident memory of a relay with ${relay.links} idle links: ${relay.memory.toFixed(0)} MiB.\n`,
      roundsTable('Starts of the command, ms', START_NAMES, starts, 0, true),
    ].join('');
  },
  async cuts(_servers, _identities, { cuts }, progress) {
    const sizes = { ...cuts, progress: (what) => progress(`links that are cut, ${what}`) };
    const { ways, carried, told, wrong } = await measureCuts(sizes);
    return [
      plainTable('Byte for byte while links are cut', ['', ...ways], carried),
      plainTable('Without resuming: status, and the time from the cut to the end of the program', ['', ...ways], told),
      wrong.length === 0 ? '\nNothing was wrong.\n' : `\nWrong: ${wrong.join('\n')}\n`,
    ].join('');
  },
  hostile(_servers, _identities, { hostile }, progress) {
    return measureHostile({ ...hostile, progress });
  },
  async browser(_servers, identities, { browser }, progress) {
    const sizes = { ...browser, progress: (what) => progress(`a tab's server, ${what}`) };
    const { rows, longestTask } = await measureBrowser(identities, sizes);
    const table = multipleTable("A tab's server, MB/s through the relay", BROWSER_NAMES, rows, 0);
    const { wall, cpu } = longestTask;
    const longest = `the longest took ${wall.toFixed(0)} ms, and none more than ${cpu.toFixed(0)} ms of CPU time`;
    return `${table}\nTasks of the page's main thread while SSH data flowed: ${longest}.\n`;
  },
  async workerd(_servers, identities, { runtime }, progress) {
    const rows = await measureWorkerd(identities, { ...runtime, progress: (what) => progress(`workerd, ${what}`) });
    return roundsTable('CPU of workerd, seconds per GB', RUNTIME_NAMES, rows, 2, true);
  },
  deno: (_servers, identities, sizes, progress) => standalone('deno', identities, sizes, progress),
  bun: (_servers, identities, sizes, progress) => standalone('bun', identities, sizes, progress),
};

async function standalone(name, identities, { runtime }, progress) {
  const rows = await measureStandalone(name, identities, {
    ...runtime,
    progress: (what) => progress(`${name}, ${what}`),
  });
  return roundsTable(`CPU of ${name}, seconds per GB`, RUNTIME_NAMES, rows, 2, true);
}

function names(servers) {
  return servers.map(({ name }) => name);
}

function machine(isQuick) {
  const openssh = spawnSync('ssh', ['-V'], { encoding: 'utf8' }).stderr.trim();
  const [{ model }, ...others] = cpus();
  const lines = [
    `Machine: ${model.trim()}, ${others.length + 1} cores; Node ${process.version}; ${openssh}.`,
    `Load average at the start: ${shownLoad()}.`,
  ];
  return [...lines, ...(isQuick ? ['A quick run: good for seeing that it works, not for its numbers.'] : [])].join(
    '\n',
  );
}

function shownLoad() {
  return loadavg()[0].toFixed(1);
}
