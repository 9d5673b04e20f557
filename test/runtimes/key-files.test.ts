/** `@nacre/core/keys` in every runtime, as bundled for a browser: bcrypt is the one part that is neither ours nor noble's. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { findProgram, isMissing, temporaryFolder } from '../interop/processes.js';
import { collectUndos } from './playground-process.js';

const ENTRY = fileURLToPath(new URL('key-files.ts', import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
const run = promisify(execFile);
const SAYS = '5 types of keys';
let folder: string;

/** Bun's programs are packages of npm by platform, and optional. */
function findBun(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
  } catch {
    return undefined;
  }
}
const bun = findBun();

/** The program and what starts it, in one file. */
async function bundle(name: string, code: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  const outfile = join(folder, name);
  await build({
    stdin: { contents: `import { exerciseKeyFiles } from ${JSON.stringify(ENTRY)};\n${code}`, resolveDir: folder },
    outfile,
    bundle: true,
    format,
    platform: 'browser',
    conditions: ['@nacre/source'],
  });
  return outfile;
}

beforeAll(async () => {
  const undo = collectUndos();
  folder = await temporaryFolder(undo.add);
  return undo.run;
});

test('node', async () => {
  const file = await bundle('node.mjs', 'console.log(await exerciseKeyFiles());');
  expect((await run(process.execPath, [file])).stdout.trim()).toBe(SAYS);
});

test('deno', async () => {
  const file = await bundle('deno.mjs', 'console.log(await exerciseKeyFiles());');
  const { stdout } = await run(bin('deno'), ['run', '--no-prompt', '--no-config', '--no-lock', file]);
  expect(stdout.trim()).toBe(SAYS);
});

test('workerd', async () => {
  await bundle('worker.mjs', 'export default { async test() { console.log(await exerciseKeyFiles()); } };');
  const config = join(folder, 'config.capnp');
  const lines = [
    'using Workerd = import "/workerd/workerd.capnp";',
    'const config :Workerd.Config = (services = [(name = "main", worker = (',
    'modules = [(name = "main", esModule = embed "worker.mjs")], compatibilityDate = "2025-01-01"))]);',
  ];
  await writeFile(config, lines.join('\n'));
  const { stdout, stderr } = await run(bin('workerd'), ['test', config]);
  expect(`${stdout}${stderr}`).toContain(SAYS);
});

test.skipIf(bun === undefined)('bun', async () => {
  const file = await bundle('bun.mjs', 'console.log(await exerciseKeyFiles());');
  expect((await run(bun!, [file])).stdout.trim()).toBe(SAYS);
});

test.skipIf(isMissing('chromium'))('a browser', async () => {
  const path = await bundle('page.js', 'globalThis.said = exerciseKeyFiles();', 'iife');
  const browser = await chromium.launch({ executablePath: findProgram('chromium')!, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    // WebCrypto is there for pages of this machine, and files are such.
    await writeFile(join(folder, 'page.html'), '<!doctype html>');
    await page.goto(pathToFileURL(join(folder, 'page.html')).href);
    await page.addScriptTag({ path });
    expect(await page.evaluate('globalThis.said')).toBe(SAYS);
  } finally {
    await browser.close();
  }
});
