/** What `npm start` runs: workerd behind the bridge, and the relay with the page in which a tab can host. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fingerprint, parsePrivateKey } from '@nacre/core';
import { relay } from 'ssh-bridge';
import { bundlePath } from './bundles.mjs';
import { freePort } from './ports.mjs';
import { ROOT, UserError } from './processes.mjs';
import { startBridge, startWorkerd } from './runtimes.mjs';

/** What one start leaves for the next: keys, readable only by their owner. */
const STATE = join(ROOT, '.nacre');
const PAGE = join(ROOT, 'packages/web-terminal/dist/app');
const LOOPBACK = '127.0.0.1';

/**
 * @param ports `{ SSH_PORT, TAB_SSH_PORT, HTTP_PORT }`
 * @returns `{ greeting, exited, close() }`
 * @throws UserError with nothing left running
 */
export async function startPlaygrounds(ports) {
  await mkdir(STATE, { recursive: true, mode: 0o700 });
  const hostKey = await loadHostKey();
  const running = [];
  const close = async () => {
    for (const part of running.toReversed()) await part.close();
  };
  try {
    const workerd = await startWorkerd({ port: await rememberedPort(), hostKey });
    running.push(workerd);
    const bridge = await startBridge({ port: ports.SSH_PORT, url: `ws://${LOOPBACK}:${workerd.port}/` });
    running.push(bridge);
    running.push(await startRelay(ports, { workerd: `ws://localhost:${workerd.port}/` }));
    const exited = Promise.race([workerd.exited, bridge.exited]);
    return { greeting: greet(ports, fingerprint(parsePrivateKey(hostKey).publicKey)), exited, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startRelay({ TAB_SSH_PORT, HTTP_PORT }, config) {
  try {
    return await relay({
      http: { host: LOOPBACK, port: HTTP_PORT },
      ssh: { host: LOOPBACK, port: TAB_SSH_PORT },
      pageDir: PAGE,
      config,
    });
  } catch (error) {
    throw new UserError(error.message);
  }
}

async function loadHostKey() {
  const { loadHostKey: load } = await import(pathToFileURL(bundlePath('playground-host-key')));
  const file = join(STATE, 'workerd_host_key');
  try {
    return await load(file);
  } catch (error) {
    throw new UserError(`the host key ${file} cannot be used (${error.message}): remove it for a new one`);
  }
}

/** workerd's own port, the same at every start: browsers remember its host key by the port. */
async function rememberedPort() {
  const file = join(STATE, 'workerd_port');
  const remembered = Number(await readFile(file, 'utf8').catch(() => '0'));
  const port = await freePort(remembered);
  await writeFile(file, `${port}\n`);
  return port;
}

function greet({ SSH_PORT, TAB_SSH_PORT, HTTP_PORT }, print) {
  return `
An SSH server in a Cloudflare Worker runtime (workerd), password demo:

    ssh -p ${SSH_PORT} demo@localhost

  Its host key is ${print}

An SSH server in a browser tab: open the page and keep it open, password demo again:

    http://localhost:${HTTP_PORT}/
    ssh -p ${TAB_SSH_PORT} demo@localhost

  The page shows its own host key, and has an SSH client for the Worker too.

^C stops everything.`;
}
