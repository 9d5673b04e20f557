/** Memory of a server per idle, authenticated connection. */
import { startProgram } from './child-process.mjs';
import { median } from './statistics.mjs';

const KIBIBYTE = 1024;
/** sshd has a process for each connection: fewer of them tell as much. */
const MOST_PROCESSES = 100;

/** @returns rows of `{ label, values }` in KiB per connection, in the contenders' order */
export async function measureIdle(contenders, identities, { count, warmUp, processes, progress }) {
  const samples = contenders.map(() => []);
  for (let round = 0; round < processes; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      progress(contender.name);
      samples[index].push(await measure(contender, identities, { count, warmUp }));
    }
  }
  return [
    { label: 'as it is', values: samples.map((each) => median(each.map(({ asItIs }) => asItIs))) },
    { label: 'garbage collected', values: samples.map((each) => median(each.map(({ collected }) => collected))) },
  ];
}

async function measure(contender, { userKey, ...identities }, sizes) {
  const server = await contender.start(identities);
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
  const asItIs = ((await server.memory()) - before) / count / KIBIBYTE;
  await server.collectGarbage();
  const collected = ((await server.memory()) - before) / count / KIBIBYTE;
  await Promise.all([client.stop(), server.stop()]);
  return { asItIs, collected };
}
