/** Latency and server CPU of logins: key exchange, host key signature and public key authentication, one after another. */
import { startProgram } from './child-process.mjs';
import { SNTRUP761 } from './contenders.mjs';
import { median, sum } from './statistics.mjs';

const KEY_EXCHANGES = ['curve25519-sha256', 'mlkem768x25519-sha256', SNTRUP761];

/** @returns two lists of rows of `{ label, values }`: the median latency, and the server's CPU, in ms */
export async function measureLogins(contenders, identities, { count, warmUp, rounds, progress }) {
  const latencies = [];
  const cpu = [];
  for (const keyExchange of KEY_EXCHANGES) {
    progress(keyExchange);
    const able = contenders.map((contender) => (contender.keyExchanges.includes(keyExchange) ? contender : undefined));
    const results = await measure(able, keyExchange, identities, { count, warmUp, rounds });
    latencies.push({ label: keyExchange, values: results.map((result) => result && median(result.times)) });
    cpu.push({
      label: keyExchange,
      values: results.map((result) => result && (sum(result.cpu) / result.times.length) * 1000),
    });
  }
  return { latencies, cpu };
}

async function measure(contenders, keyExchange, { user, userKey, ...identities }, { count, warmUp, rounds }) {
  const client = startProgram('clients/connections.mjs');
  const servers = await Promise.all(contenders.map((contender) => contender?.start({ user, userKey, ...identities })));
  const logins = async (server, logins) => {
    const request = { type: 'logins', port: server.port, user, key: userKey, keyExchange, count: logins };
    return (await client.ask(request)).result;
  };
  const results = servers.map((server) => server && { times: [], cpu: [] });
  for (const server of servers) if (server) await logins(server, warmUp);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, server] of servers.entries()) {
      if (server === undefined) continue;
      const before = await server.cpuSeconds();
      results[index].times.push(...(await logins(server, count)));
      results[index].cpu.push((await server.cpuSeconds()) - before);
    }
  }
  await Promise.all([client, ...servers].map((each) => each?.stop()));
  return results;
}
