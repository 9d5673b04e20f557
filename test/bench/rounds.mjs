/** CPU per GB of several contenders that take turns, in fresh processes. */

const GIGABYTE = 1e9;
const DIRECTIONS = ['down', 'up'];

/**
 * How well a process comes to run is luck, of its compiler and its heap, and stays with it: so each cipher has several, one
 * after another.
 * @param start starts the processes for a cipher and returns `{ contenders, stop }`; a contender is `{ cpuSeconds,
 *   transfer(direction, bytes), needsWarmUp }`, and `cpuSeconds()` is what its process has used so far
 * @param label names a cipher in the rows
 * @returns rows of `{ label, samples }`: seconds per GB in each round of each process, a list for each contender
 */
export async function measureRounds(ciphers, { start, label, processes, progress, ...sizes }) {
  const rows = [];
  for (const cipher of ciphers) {
    const samples = DIRECTIONS.map(() => []);
    for (let count = 1; count <= processes; count += 1) {
      progress(`${label(cipher)}, process ${count} of ${processes}`);
      const { contenders, stop } = await start(cipher);
      try {
        for (const [index, direction] of DIRECTIONS.entries())
          await takeTurns(contenders, direction, samples[index], sizes);
      } finally {
        await stop();
      }
    }
    rows.push(
      ...DIRECTIONS.map((direction, index) => ({ label: `${label(cipher)} ${direction}`, samples: samples[index] })),
    );
  }
  return rows;
}

/**
 * Round by round, so that what else the machine does affects all contenders. The first rounds are not counted: what V8 has
 * compiled for the objects of the first connection it compiles again for those of the next ones.
 */
async function takeTurns(contenders, direction, samples, { bytes, warmUps, rounds }) {
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [index, { cpuSeconds, transfer, needsWarmUp }] of contenders.entries()) {
      if (round < 0 && !needsWarmUp) continue;
      const before = await cpuSeconds();
      await transfer(direction, bytes);
      if (round >= 0) (samples[index] ??= []).push(((await cpuSeconds()) - before) / (bytes / GIGABYTE));
    }
  }
}
