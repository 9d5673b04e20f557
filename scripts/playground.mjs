/**
 * `npm run playground -- --runtime node|deno|bun|workerd|browser --port N [--authorized-keys FILE] [--host-key FILE]`
 * serves the playground to ordinary ssh clients on loopback. Prints `{"event":"ready","port":N,"pid":P}`; `pid` is the
 * process that runs the ssh server.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundlePath, ensureBundles } from './lib/bundles.mjs';
import { UserError } from './lib/processes.mjs';
import { startBridgedWorkerd, startBun, startDeno, startNode, startWorkerd } from './lib/runtimes.mjs';

const RUNTIMES = {
  node: startNode,
  deno: startDeno,
  bun: startBun,
  workerd: ({ direct, ...options }) => (direct ? startWorkerd({ ...options, direct }) : startBridgedWorkerd(options)),
  browser: startBrowser,
};

const OPTIONS = {
  runtime: { type: 'string', default: 'node' },
  port: { type: 'string', default: '0' },
  'authorized-keys': { type: 'string' },
  'host-key': { type: 'string' },
  'rekey-bytes': { type: 'string' },
  direct: { type: 'boolean', default: false },
};

async function startBrowser(options) {
  const { HeadlessHostError, startHeadlessHost } = await import('../packages/web-terminal/host-headless.mjs');
  try {
    return await startHeadlessHost(options);
  } catch (error) {
    throw error instanceof HeadlessHostError ? new UserError(error.message) : error;
  }
}

function readArguments() {
  const { values } = parseCommandLine();
  if (!Object.hasOwn(RUNTIMES, values.runtime)) {
    throw new UserError(`there is no runtime "${values.runtime}"; there are ${Object.keys(RUNTIMES).join(', ')}`);
  }
  if (values.direct && values.runtime !== 'workerd') throw new UserError('--direct is for --runtime workerd');
  return {
    runtime: values.runtime,
    direct: values.direct,
    port: wholeNumber('--port', values.port, 65_535),
    rekeyBytes:
      values['rekey-bytes'] === undefined
        ? undefined
        : wholeNumber('--rekey-bytes', values['rekey-bytes'], Number.MAX_SAFE_INTEGER),
    authorizedKeysFile: values['authorized-keys'],
    hostKeyFile: values['host-key'],
  };
}

function parseCommandLine() {
  try {
    return parseArgs({ options: OPTIONS });
  } catch (error) {
    throw new UserError(`${error.message.split('. ')[0]}; there are --${Object.keys(OPTIONS).join(', --')}`);
  }
}

function wholeNumber(name, text, maximum) {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= maximum) return value;
  throw new UserError(`${name} "${text}" is not a whole number up to ${maximum}`);
}

async function readAuthorizedKeys(file) {
  try {
    return file === undefined ? undefined : await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError(`the authorized keys cannot be read (${error.message}): check the name, and who may read it`);
  }
}

async function readHostKey(file) {
  if (file === undefined) return undefined;
  await ensureBundles(['playground-host-key']);
  const { loadHostKey } = await import(pathToFileURL(bundlePath('playground-host-key')));
  try {
    return await loadHostKey(file);
  } catch (error) {
    throw new UserError(`the host key ${file} cannot be used (${error.message}): give another file, or none`);
  }
}

/** Settles at the first SIGINT or SIGTERM; `signal` aborts whatever is being started. */
function watchSignals() {
  const controller = new AbortController();
  const stopped = new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => resolve('stopped'));
  });
  void stopped.then(() => controller.abort());
  return { stopped, signal: controller.signal };
}

async function main() {
  const { stopped, signal } = watchSignals();
  const { runtime, authorizedKeysFile, hostKeyFile, ...options } = readArguments();
  const [authorizedKeys, hostKey] = await Promise.all([
    readAuthorizedKeys(authorizedKeysFile),
    readHostKey(hostKeyFile),
  ]);
  let service;
  try {
    service = await RUNTIMES[runtime]({ ...options, authorizedKeys, hostKey, signal });
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  console.log(JSON.stringify({ event: 'ready', port: service.port, pid: service.pid }));
  const end = await Promise.race([stopped, service.exited ?? new Promise(() => undefined)]);
  await service.close();
  if (end !== 'stopped') throw new UserError(`the server on ${runtime} ended unexpectedly: look at the lines above`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof UserError ? `playground: ${error.message}` : error);
  process.exitCode = 1;
}
