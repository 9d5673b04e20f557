/** Starts the playground on Node, Deno, Bun or workerd. Each start returns `{ port, pid, exited, close() }`; `pid` runs the ssh server. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BRIDGE, bundlePath, ensureBridge, ensureBundles } from './bundles.mjs';
import { ROOT, UserError } from './processes.mjs';
import { lastLine, startService } from './service.mjs';

const require = createRequire(import.meta.url);
const LOOPBACK = '127.0.0.1';
const WORKERD_CONFIGURATION = join(ROOT, 'examples/playground/workerd.capnp');

/** For Deno; the same as in workerd.capnp, which gives the reason. */
const V8_FLAGS = '--max-semi-space-size=1,--single-threaded-gc';

/** A variable without a value is absent, whatever the caller's environment contains. */
function variables({ hostKey, authorizedKeys, rekeyBytes, port }) {
  return {
    HOST_KEY: hostKey,
    AUTHORIZED_KEYS: authorizedKeys,
    REKEY_BYTES: rekeyBytes === undefined ? undefined : String(rekeyBytes),
    PORT: String(port),
  };
}

/** @param options `{ port, hostKey?, authorizedKeys?, rekeyBytes?, signal? }`: texts of the two files */
export async function startNode(options) {
  await ensureBundles(['playground-node']);
  return startService(process.execPath, [bundlePath('playground-node')], {
    ...ours('Node', options),
    env: variables(options),
  });
}

export async function startDeno(options) {
  await ensureBundles(['playground-deno']);
  const names = Object.keys(variables(options)).join(',');
  const words = ['run', '--quiet', '--no-prompt', '--no-config', '--no-lock', '--no-remote', '--no-npm'];
  const permissions = [`--allow-net=${LOOPBACK}:${options.port}`, `--allow-env=${names}`];
  const file = bundlePath('playground-deno');
  return startService(findDeno(), [...words, `--v8-flags=${V8_FLAGS}`, ...permissions, file], {
    ...ours('Deno', options),
    env: { ...variables(options), DENO_NO_UPDATE_CHECK: '1' },
  });
}

export async function startBun(options) {
  await ensureBundles(['playground-bun']);
  return startService(findBun(), ['run', '--no-install', bundlePath('playground-bun')], {
    ...ours('Bun', options),
    env: variables(options),
  });
}

/**
 * workerd alone: WebSocket over HTTP at `port`, or ssh itself if `direct`.
 * @param options as for `startNode`, and `direct`
 */
export async function startWorkerd({ direct = false, ...options }) {
  await ensureBundles(['playground-workerd']);
  const [configuration, socket] = direct ? ['direct', 'ssh'] : ['bridged', 'http'];
  const address = `--socket-addr=${socket}=${LOOPBACK}:${options.port}`;
  return startService(findWorkerd(), ['serve', '--control-fd=3', address, WORKERD_CONFIGURATION, configuration], {
    name: 'workerd',
    announcements: 3,
    listening: (line) => (line.event === 'listen' && line.socket === socket ? line.port : undefined),
    explain: (text) => (/address already in use/i.test(text) ? inUse(options.port) : lastLine('workerd', text)),
    env: variables(options),
    signal: options.signal,
  });
}

/** A TCP port whose connections go to a WebSocket URL. */
export async function startBridge({ port, url, signal }) {
  await ensureBridge();
  return startService(process.execPath, [BRIDGE, 'listen', '--log-format', 'json', `${LOOPBACK}:${port}`, url], {
    name: 'ssh-bridge',
    listening: (line) => (line.event === 'listening' ? line.port : undefined),
    shows: (line) => line.includes('"level":"error"'),
    explain: (text) => (/ in use/.test(text) ? inUse(port) : lastLine('ssh-bridge', text)),
    signal,
  });
}

/** workerd behind the bridge, as one service: an ordinary ssh client reaches it at `port`. */
export async function startBridgedWorkerd(options) {
  const workerd = await startWorkerd({ ...options, port: 0 });
  try {
    const url = `ws://${LOOPBACK}:${workerd.port}/`;
    const bridge = await startBridge({ port: options.port, url, signal: options.signal });
    return {
      port: bridge.port,
      pid: workerd.pid,
      exited: Promise.race([workerd.exited, bridge.exited]),
      close: async () => {
        await Promise.all([bridge.close(), workerd.close()]);
      },
    };
  } catch (error) {
    await workerd.close();
    throw error;
  }
}

/** What the entries of Node, Deno and Bun have in common. */
function ours(name, { port, signal }) {
  return {
    name: `the playground on ${name}`,
    listening: (line) => (line.event === 'listening' ? line.port : undefined),
    explain: (text) => (/EADDRINUSE|AddrInUse/.test(text) ? inUse(port) : lastLine(`the playground on ${name}`, text)),
    signal,
  };
}

function inUse(port) {
  return `port ${port} is in use: stop the program that has it, or choose another with --port`;
}

/** The program itself, not the script that wraps it: killing that would not kill the program. */
function findWorkerd() {
  try {
    return require('workerd').default;
  } catch {
    throw new UserError('workerd is not installed: run npm ci --ignore-scripts');
  }
}

export function findDeno() {
  try {
    const program = join(dirname(require.resolve('deno/package.json')), 'deno');
    return existsSync(program) ? program : require('deno/install_api.cjs').runInstall();
  } catch {
    throw new UserError('deno is not installed: run npm ci --ignore-scripts');
  }
}

/** Bun's npm packages are per platform; the package `bun` would choose one in an install script. */
export function findBun() {
  try {
    return require.resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
  } catch {
    throw new UserError(`Bun is not installed: its npm package for ${process.platform} on ${process.arch} is missing`);
  }
}
