/** The packages as npm packs them, installed into an empty folder: the command runs from there, and the imports work. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { start, temporaryFolder, tool } from '../processes.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OURS = ['core', 'edge', 'web-terminal', 'bridge'].map((name) => join(ROOT, 'packages', name));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Folders of everything that ours need, so that nothing is fetched. */
async function dependenciesOf(folders: readonly string[]): Promise<readonly string[]> {
  const ours = new Set((await Promise.all(folders.map(readManifest))).map(({ name }) => name));
  const found = new Set<string>();
  const queue = [...folders];
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    for (const name of Object.keys((await readManifest(folder)).dependencies ?? {})) {
      const dependency = join(ROOT, 'node_modules', name);
      if (ours.has(name) || found.has(dependency)) continue;
      found.add(dependency);
      queue.push(dependency);
    }
  }
  return [...found];
}

test('npm pack of all, npm install into an empty folder, npx ssh-bridge', { timeout: 600_000 }, async () => {
  const folder = await temporaryFolder(onTestFinished);
  await tool('npx', '--prefix', ROOT, 'tsc', '-b', ...OURS);
  await tool(process.execPath, join(ROOT, 'packages/bridge/build.mjs'));
  const packed = await tool(
    'npm',
    'pack',
    '--silent',
    '--ignore-scripts',
    '--pack-destination',
    folder,
    ...OURS,
    ...(await dependenciesOf(OURS)),
  );
  const tarballs = packed
    .trim()
    .split('\n')
    .map((name) => join(folder, name));
  const empty = join(folder, 'empty');
  await mkdir(empty);
  await writeFile(join(empty, 'package.json'), '{"private": true, "type": "module"}');
  const install = ['install', '--prefix', empty, '--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await tool('npm', ...install, ...tarballs);
  const run = async (program: string, ...words: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await start(onTestFinished, program, words, { cwd: empty, input: '' }).finished;
    return { code, stdout: stdout.toString(), stderr: stderr.replaceAll(/^npm warn .*\n/gm, '') };
  };
  expect(await run('npx', '--offline', 'ssh-bridge', '--version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  // The command is one file that contains everything it needs.
  expect((await readManifest(join(empty, 'node_modules/ssh-bridge'))).dependencies).toBeUndefined();
  const command = join(empty, 'node_modules/.bin/ssh-bridge');
  expect(await run(command, '--version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  // keygen uses parts of core, which the one file contains.
  expect(await run(command, 'keygen', '--comment', '', join(empty, 'key'))).toMatchObject({ code: 0, stderr: '' });
  const names = "import('ssh-bridge').then((it) => console.log(typeof it.serve, typeof it.listen))";
  expect(await run(process.execPath, '-e', names)).toEqual({ code: 0, stdout: 'function function\n', stderr: '' });
});
