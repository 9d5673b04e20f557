/** `npm start -w examples/NAME [-- WORD...]`: runs an example on Node, from its sources; it keeps its files where it is started. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleExample } from './lib/bundles.mjs';
import { ROOT, UserError } from './lib/processes.mjs';
import { onStopSignal } from './lib/stop-signal.mjs';

async function main() {
  // The example finds its arguments where a standalone program would.
  const [name] = process.argv.splice(2, 1);
  const folder = join(ROOT, 'examples');
  const names = readdirSync(folder).filter((entry) => existsSync(join(folder, entry, 'src/main.ts')));
  if (!names.includes(name)) throw new UserError(`there is no "${name}"; there are ${names.join(', ')}`);
  // Also when npm is ended: it passes signals on to its shell only.
  onStopSignal(() => process.exit());
  await import(pathToFileURL(await bundleExample(name)));
}

try {
  await main();
} catch (error) {
  const isTaken = error.code === 'EADDRINUSE';
  const isMisconfigured = error.name === 'ConfigurationError';
  const shown = isTaken ? `port ${error.port} is taken: choose another, PORT=2299 for instance` : error.message;
  console.error(isTaken || isMisconfigured || error instanceof UserError ? `example: ${shown}` : error);
  process.exitCode = 1;
}
