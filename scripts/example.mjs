/** `npm start -w examples/NAME [-- WORD...]`: an example on Node, from its sources, which keeps its files where it is started. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleExample } from './lib/bundles.mjs';
import { ROOT } from './lib/processes.mjs';

const [name] = process.argv.splice(2, 1);
const NAMES = readdirSync(join(ROOT, 'examples'));

if (!NAMES.includes(name)) {
  console.error(`there is no example "${name}"; there are those in examples/`);
  process.exitCode = 1;
} else {
  await import(pathToFileURL(await bundleExample(name)));
}
