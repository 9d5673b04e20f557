/** Throughput of a server in a browser's tab, with SSH and without, through the relay. */
import { runSsh } from './bulk.mjs';
import { startProgram } from './child-process.mjs';
import { sum } from './statistics.mjs';
import { openTab } from './tab.mjs';

const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'chacha20-poly1305@openssh.com'];
const MEBIBYTE = 2 ** 20;
/** What the playground's shell knows: `zero MIB` writes zeros, `sink` reads to the end. */
const COMMANDS = { down: (bytes) => `zero ${bytes / MEBIBYTE}`, up: () => 'sink' };

export const NAMES = ['without SSH', ...CIPHERS.map((cipher) => cipher.split('@')[0])];

/**
 * @returns `rows` of `{ label, values }`: MB/s in the order of `NAMES`; `longestTask` of the page's main thread while SSH
 *   data flowed: `{ wall, cpu }` in ms, which need not be of the same task
 */
export async function measureBrowser(identities, sizes) {
  const tab = await openTab({ hostKey: identities.hostKey, ciphers: '+chacha20-poly1305@openssh.com' });
  try {
    return await measure(tab, identities, sizes);
  } finally {
    await tab.stop();
  }
}

async function measure(tab, identities, { bytes, warmUpBytes, rounds, progress }) {
  const rawClient = startProgram('clients/raw-tcp.mjs');
  const transfer = async (cipher, direction, count) => {
    if (cipher === undefined) {
      await tab.serveRaw(direction, count);
      return (await rawClient.ask({ port: tab.port, direction, bytes: count })).seconds;
    }
    const started = performance.now();
    const command = COMMANDS[direction](count);
    await runSsh(tab.port, { ...identities, user: 'guest' }, { cipher, direction, bytes: count, command });
    return (performance.now() - started) / 1000;
  };
  const contenders = [undefined, ...CIPHERS];
  const rows = [];
  const tasks = [];
  for (const direction of Object.keys(COMMANDS)) {
    progress(direction);
    for (const cipher of contenders) await transfer(cipher, direction, warmUpBytes);
    const taken = contenders.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, cipher] of contenders.entries()) {
        const longest = await tab.longestTaskDuring(async () => {
          taken[index].push(await transfer(cipher, direction, bytes));
        });
        if (cipher !== undefined) tasks.push(longest);
      }
    }
    rows.push({ label: direction, values: taken.map((times) => (bytes * rounds) / 1e6 / sum(times)) });
  }
  await rawClient.stop();
  const most = (clock) => Math.max(...tasks.map((task) => task[clock]));
  return { rows, longestTask: { wall: most('wall'), cpu: most('cpu') } };
}
