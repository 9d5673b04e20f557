/** Single-file programs that run to completion on a runtime, and what they print. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';
import { findProgram, isMissing } from '../interop/processes.js';
import { bun } from './bun.js';

const execute = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
/** Limit on a program's output, in bytes. */
const MAXIMUM_OUTPUT = 2 ** 22;

/** Source that declares `async function say(): Promise<string>`; its imports are relative to this folder. */
export type Source = string;

export interface Place {
  readonly name: string;
  readonly isMissing: boolean;
  /** @param folder - for what it has to write */
  run(folder: string, source: Source): Promise<string>;
}

/** The program and what starts it, in one file. */
async function bundle(outfile: string, source: Source, start: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  await build({
    stdin: { contents: `${source}\n${start}`, resolveDir: here },
    outfile,
    bundle: true,
    format,
    platform: 'browser',
    external: ['node:*'],
    conditions: ['@nacre/source'],
  });
  return outfile;
}

async function said(program: string, words: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, words, { maxBuffer: MAXIMUM_OUTPUT });
  return stdout.trim();
}

const SAY = 'console.log(await say());';

function onWorkerd(name: string, flags: readonly string[]): Place {
  return {
    name,
    isMissing: false,
    run: async (folder, source) => {
      await bundle(
        join(folder, 'worker.mjs'),
        source,
        'export default { async test() { console.log(await say()); } };',
      );
      const config = join(folder, 'config.capnp');
      const lines = [
        'using Workerd = import "/workerd/workerd.capnp";',
        'const config :Workerd.Config = (services = [(name = "main", worker = (',
        'modules = [(name = "main", esModule = embed "worker.mjs")], compatibilityDate = "2026-07-01",',
        `compatibilityFlags = ${JSON.stringify(flags)}))]);`,
      ];
      await writeFile(config, lines.join('\n'));
      return said(bin('workerd'), ['test', config]);
    },
  };
}

/** Pages of this machine have WebCrypto. Nobody listens at this address: the test provides the page. */
const PAGE = 'http://localhost:1/';

async function runInBrowser(folder: string, source: Source): Promise<string> {
  const path = await bundle(join(folder, 'worker.js'), source, 'void say().then(postMessage);', 'iife');
  const browser = await chromium.launch({ executablePath: findProgram('chromium')!, args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext();
    await context.route(`${PAGE}**`, (route) =>
      route.request().url() === PAGE
        ? route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })
        : route.fulfill({ contentType: 'text/javascript', path }),
    );
    const page = await context.newPage();
    await page.goto(PAGE);
    return await page.evaluate(
      (url) =>
        new Promise<string>((resolve, reject) => {
          const worker = new Worker(url);
          worker.addEventListener('message', ({ data }: MessageEvent<string>) => resolve(data));
          worker.addEventListener('error', ({ message }) => reject(new Error(message)));
        }),
      `${PAGE}worker.js`,
    );
  } finally {
    await browser.close();
  }
}

export const places = {
  node: {
    name: 'Node',
    isMissing: false,
    run: async (folder, source) => said(process.execPath, [await bundle(join(folder, 'node.mjs'), source, SAY)]),
  },
  deno: {
    name: 'Deno',
    isMissing: false,
    run: async (folder, source) => {
      const file = await bundle(join(folder, 'deno.mjs'), source, SAY);
      return said(bin('deno'), ['run', '--no-prompt', '--no-config', '--no-lock', file]);
    },
  },
  bun: {
    name: 'Bun',
    isMissing: bun === undefined,
    run: async (folder, source) => said(bun!, [await bundle(join(folder, 'bun.mjs'), source, SAY)]),
  },
  workerd: onWorkerd('workerd with nodejs_compat', ['nodejs_compat']),
  workerdAlone: onWorkerd('workerd', []),
  browser: { name: 'a worker in Chromium', isMissing: isMissing('chromium'), run: runInBrowser },
} as const satisfies Readonly<Record<string, Place>>;
