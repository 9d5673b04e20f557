/** `ssh-bridge serve`: CPU per GB over both kinds of links. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { remember, startProgram } from './child-process.mjs';
import { measureLinkKinds } from './link-kinds.mjs';

const BRIDGE = fileURLToPath(new URL('../../packages/bridge/dist/ssh-bridge.js', import.meta.url));

/** @returns rows of `{ label, samples }` */
export async function measureServeLinks({ progress, ...sizes }) {
  const load = startProgram('clients/serve-load.mjs');
  const { port: target } = await load.ask({ type: 'target' });
  const words = ['serve', '--listen=0', `--to=127.0.0.1:${target}`, '--no-token', '--log-format=json'];
  const serve = remember(spawn(process.execPath, [BRIDGE, ...words]));
  serve.stderr.resume();
  const [line] = await once(serve.stdout, 'data');
  await load.ask({ type: 'use', port: JSON.parse(line).port });
  const rows = await measureLinkKinds(serve.pid, load, { ...sizes, progress: (what) => progress(`serve, ${what}`) });
  await load.stop();
  serve.kill();
  return rows;
}
