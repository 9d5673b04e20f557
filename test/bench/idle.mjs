/** Memory of a server per idle, authenticated connection. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram } from './child-process.mjs';
import { median } from './statistics.mjs';

const KIBIBYTE = 1024;
/** sshd has a process for each connection: fewer of them tell as much. */
const MOST_PROCESSES = 100;

/**
 * V8's young generation grows with what outlives its collections, in steps, and shrinks where less than a MB a second is
 * allocated: that is most of what a server on Node gains over a thousand logins, and says little of connections. So it is
 * measured with logins as fast as each server is at them, with it kept small, and with the same pace for all, in ms a login.
 */
const SETTINGS = [
  { label: 'as Node comes', flags: [], pace: 0 },
  { label: 'with a small young generation', flags: ['--max-semi-space-size=1'], pace: 0 },
  { label: 'ten logins a second', flags: [], pace: 100 },
];

/**
 * @returns rows of `{ label, values }` in KiB per connection, in the contenders' order. All servers of a setting are silent
 * together, for `silence` ms: V8 gives back what logins took in a collection that it makes once a process has little to do, and
 * some have had that by the end of their logins, because those take long.
 */
export async function measureIdle(contenders, identities, { count, warmUp, processes, silence, progress }) {
  const rows = [];
  for (const { label, flags, pace } of SETTINGS) {
    const samples = contenders.map(() => []);
    const logIn = async (contender, index) => {
      progress(`${contender.name}, ${label}`);
      samples[index].push(await hold(contender, identities, { count, warmUp, flags, pace }));
    };
    for (let round = 0; round < processes; round += 1) {
      // Where they wait for the clock, they do so together.
      if (pace > 0) await Promise.all(contenders.map(logIn));
      else for (const [index, contender] of contenders.entries()) await logIn(contender, index);
    }
    progress(`silence, ${label}`);
    await sleep(silence);
    const silent = await eachOf(samples, (sample) => sample.kibibytes());
    await eachOf(samples, (sample) => sample.stop());
    rows.push(
      { label: `silent, ${label}`, values: silent.map(median) },
      { label: `just logged in, ${label}`, values: samples.map((all) => median(all.map(({ atOnce }) => atOnce))) },
    );
  }
  return rows;
}

function eachOf(samples, look) {
  return Promise.all(samples.map((all) => Promise.all(all.map(look))));
}

/** Opens the connections of one server, and says what each took `atOnce`, and takes whenever it is asked. */
async function hold(contender, { userKey, ...identities }, sizes) {
  const server = await contender.start(identities, sizes.flags);
  const client = startProgram('clients/connections.mjs');
  const count = contender.isManyProcesses ? Math.min(sizes.count, MOST_PROCESSES) : sizes.count;
  const warmUp = contender.isManyProcesses ? Math.min(sizes.warmUp, MOST_PROCESSES) : sizes.warmUp;
  const open = (connections) =>
    client.ask({
      type: 'hold',
      port: server.port,
      user: identities.user,
      key: userKey,
      keyExchange: 'curve25519-sha256',
      count: connections,
      pace: sizes.pace,
      bare: contender.isBare,
    });
  await open(warmUp);
  await server.collectGarbage();
  const before = await server.memory();
  await open(count);
  const kibibytes = async () => ((await server.memory()) - before) / count / KIBIBYTE;
  return { atOnce: await kibibytes(), kibibytes, stop: () => Promise.all([client.stop(), server.stop()]) };
}
