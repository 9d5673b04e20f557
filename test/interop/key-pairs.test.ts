/** Keys that are made by the thousand, while garbage is collected: Node 20 once stood still for good there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** So many that several collections fall into the making of a key. */
const COUNT = 5000;
/** What they take, many times over, in ms. */
const MOST = 30_000;

test.each(['x25519', 'ed25519'])('%s', { timeout: 2 * MOST }, async (name) => {
  // Nothing but that: the more garbage is of other things, the more seldom is it collected in the wrong moment.
  const program = `
    import { nodeCrypto } from '@nacre/edge/node-crypto';
    for (let index = 0; index < ${COUNT}; index += 1) nodeCrypto.${name}.generate();
    console.log('done');`;
  const words = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: MOST, killSignal: 'SIGKILL' });
  expect(stdout).toBe('done\n');
});
