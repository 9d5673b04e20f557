/** Memory of a server per idle, authenticated connection. */
import { startProgram } from './child-process.mjs';
import { median } from './statistics.mjs';

const KIBIBYTE = 1024;
/** sshd has a process for each connection: fewer of them tell as much. */
const MOST_PROCESSES = 100;

/**
 * V8's young generation grows with what outlives its collections, in steps, and shrinks late: that is most of what a server on
 * Node gains over a thousand logins, and says little of connections. So it is measured as it comes, and kept small.
 */
const SETTINGS = [
  { label: 'as Node comes', flags: [] },
  { label: 'with a small young generation', flags: ['--max-semi-space-size=1'] },
];

/** @returns rows of `{ label, values }` in KiB per connection, in the contenders' order */
export async function measureIdle(contenders, identities, { count, warmUp, processes, progress }) {
  const rows = [];
  for (const { label, flags } of SETTINGS) {
    const samples = contenders.map(() => []);
    for (let round = 0; round < processes; round += 1) {
      for (const [index, contender] of contenders.entries()) {
        progress(`${contender.name}, ${label}`);
        samples[index].push(await measure(contender, identities, { count, warmUp, flags }));
      }
    }
    rows.push({ label, values: samples.map(median) });
  }
  return rows;
}

async function measure(contender, { userKey, ...identities }, sizes) {
  const server = await contender.start(identities, sizes.flags);
  const client = startProgram('clients/connections.mjs');
  const count = contender.isManyProcesses ? Math.min(sizes.count, MOST_PROCESSES) : sizes.count;
  const warmUp = contender.isManyProcesses ? Math.min(sizes.warmUp, MOST_PROCESSES) : sizes.warmUp;
  const hold = (connections) =>
    client.ask({
      type: 'hold',
      port: server.port,
      user: identities.user,
      key: userKey,
      keyExchange: 'curve25519-sha256',
      count: connections,
      bare: contender.isBare,
    });
  await hold(warmUp);
  await server.collectGarbage();
  const before = await server.memory();
  await hold(count);
  const bytes = ((await server.memory()) - before) / count;
  await Promise.all([client.stop(), server.stop()]);
  return bytes / KIBIBYTE;
}
