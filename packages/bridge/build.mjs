// node build.mjs [FILE]: builds dist/ssh-bridge.js, the whole command as one file, so that it starts fast and runs anywhere.
import { chmod, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const outfile = process.argv[2] ?? fileURLToPath(new URL('dist/ssh-bridge.js', import.meta.url));

const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));

await build({
  entryPoints: [fileURLToPath(new URL('src/cli.ts', import.meta.url))],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Halves what each start reads; names stay, for readable stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  define: { BUNDLED_VERSION: JSON.stringify(version) },
  // keygen, demo and config --learn use parts of core, bundled from its sources.
  conditions: ['@nacre/source'],
  legalComments: 'inline',
  banner: {
    // commander is CommonJS and calls require() for Node's own modules.
    js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
});
await chmod(outfile, 0o755);
