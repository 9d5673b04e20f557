/** Our servers as they are deployed: bundled, with lazily loaded parts in files of their own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @param platform `node`, or `neutral` for runtimes of their own @returns the file of servers/NAME.mjs in `folder`, made once */
export async function bundleServer(name, folder, platform) {
  const outdir = join(folder, `bundle-${name}`);
  const file = join(outdir, `${name}.mjs`);
  if (existsSync(file)) return file;
  await build({
    entryPoints: [fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url))],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // workerd takes one file.
    splitting: name !== 'worker',
    format: 'esm',
    platform,
    mainFields: ['module', 'main'],
    external: ['node:*'],
    logLevel: 'error',
  });
  return file;
}
