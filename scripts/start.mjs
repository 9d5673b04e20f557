/**
 * `npm start`: the playground on workerd behind the bridge, and the page with its relay, all on loopback. SSH_PORT,
 * TAB_SSH_PORT and HTTP_PORT set the ports. ^C stops everything, and so does the end of npm.
 */
import { installNpmPackages } from './lib/install.mjs';
import { assertFree, readPorts } from './lib/ports.mjs';
import { runQuietly, UserError } from './lib/processes.mjs';
import { onStopSignal } from './lib/stop-signal.mjs';

const USUAL_PORTS = { SSH_PORT: 2222, TAB_SSH_PORT: 2223, HTTP_PORT: 8022 };

let isStopped = false;

/** Settles at the first ^C or SIGTERM, or when npm is gone. */
function stopSignal() {
  return new Promise((resolve) => {
    onStopSignal(() => {
      isStopped = true;
      resolve('stopped');
    });
  });
}

async function main() {
  const ports = readPorts(USUAL_PORTS);
  // Before anything slow: a port that is in use is the most common problem.
  for (const [name, port] of Object.entries(ports)) await assertFree(name, port);
  const stopped = stopSignal();
  await installNpmPackages();
  console.log('Building …');
  await runQuietly(process.execPath, ['scripts/build.mjs'], {
    label: 'npm run build',
    advice: 'look at the lines above',
  });
  if (isStopped) return;
  // Only now: this needs what has just been installed and built.
  const { startPlaygrounds } = await import('./lib/playgrounds.mjs');
  const running = await startPlaygrounds(ports);
  console.log(running.greeting);
  const end = await Promise.race([stopped, running.exited]);
  await running.close();
  if (end !== 'stopped')
    throw new UserError('a part of it ended unexpectedly, so everything was stopped: look at the lines above');
}

try {
  await main();
} catch (error) {
  // ^C also reaches child processes, so a build that fails then is expected.
  if (!isStopped) console.error(error instanceof UserError ? `npm start: ${error.message}` : error);
  process.exitCode = 1;
}
