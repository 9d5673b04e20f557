/** The young generation of commands that hold many links does not grow, whatever survives in it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'nacre-young-space-'));
const command = join(folder, 'ssh-bridge.js');

beforeAll(() => {
  execFileSync(process.execPath, [
    fileURLToPath(new URL('../../../packages/bridge/build.mjs', import.meta.url)),
    command,
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As a process ends, it makes many objects that survive, and says how large its young generation was before and is then, in bytes. */
const PRELOAD = `
  import { writeSync } from 'node:fs';
  import { getHeapSpaceStatistics } from 'node:v8';
  const youngSpace = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
  process.once('exit', () => {
    const before = youngSpace();
    globalThis.kept = Array.from({ length: 500_000 }, (_, index) => ({ index }));
    writeSync(1, JSON.stringify([before, youngSpace()]));
  });`;

/** By how much it grows in a command that has begun, and ends at once because it lacks its flags. */
function growthOf(verb: string): number {
  const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', preload, command, verb], { encoding: 'utf8' });
  expect(stderr).toContain('missing');
  const [before, after] = JSON.parse(stdout);
  return after / before;
}

test.each(['serve', 'relay'])('%s: it does not grow', (verb) => {
  expect(growthOf(verb)).toBe(1);
});

test('other commands leave it to V8, which lets it grow', () => {
  expect(growthOf('listen')).toBeGreaterThan(1);
});
