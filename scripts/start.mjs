/**
 * `npm start`: the playground on workerd behind the bridge, and the page with its relay, all on loopback. Ports by SSH_PORT,
 * TAB_SSH_PORT and HTTP_PORT. ^C stops everything.
 */
import { installNpmPackages } from './lib/install.mjs';
import { runQuietly, UserError } from './lib/processes.mjs';

const DEFAULT_PORTS = { SSH_PORT: 2222, TAB_SSH_PORT: 2223, HTTP_PORT: 8022 };

function readPorts() {
  const ports = Object.entries(DEFAULT_PORTS).map(([name, usual]) => [name, readPort(name, usual)]);
  for (const [name, port] of ports) {
    const other = ports.find(([otherName, otherPort]) => otherName !== name && otherPort === port);
    if (other !== undefined)
      throw new UserError(`${name} and ${other[0]} are both ${port}: give each a port of its own`);
  }
  return Object.fromEntries(ports);
}

function readPort(name, usual) {
  const text = process.env[name] ?? '';
  const port = text === '' ? usual : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new UserError(`${name} "${text}" is not a port: give a number from 1 to 65535`);
}

/** Settles at the first ^C or SIGTERM. */
function stopSignal() {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => resolve('stopped'));
  });
}

async function main() {
  const ports = readPorts();
  const stopped = stopSignal();
  await installNpmPackages();
  console.log('Building …');
  await runQuietly(process.execPath, ['scripts/build.mjs'], {
    label: 'npm run build',
    advice: 'look at the lines above',
  });
  // Only now: they need what has just been installed and built.
  const { startPlaygrounds } = await import('./lib/playgrounds.mjs');
  const running = await startPlaygrounds(ports);
  console.log(running.greeting);
  const end = await Promise.race([stopped, running.exited]);
  await running.close();
  if (end !== 'stopped') throw new UserError('a part of it ended by itself, so all of it has: look at the lines above');
}

try {
  await main();
} catch (error) {
  console.error(error instanceof UserError ? `npm start: ${error.message}` : error);
  process.exitCode = 1;
}
