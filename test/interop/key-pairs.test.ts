/** Keys made by the thousand while garbage is collected: Node 20 once hung for good there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Enough for several collections to occur while a key is being made. */
const COUNT = 5000;
/** In ms: what has not ended by then never does. */
const MOST = 120_000;

const NODE = "import { nodeCrypto } from '@nacre/edge/node-crypto';";
const PROGRAMS = [
  ['x25519', NODE, 'nodeCrypto.x25519.generate()'],
  ['ed25519', NODE, 'nodeCrypto.ed25519.generate()'],
  [
    'P-256 of the portable provider',
    "import { generateKey } from '@nacre/core';",
    "await generateKey('ecdsa-sha2-nistp256')",
  ],
] as const;

test.each(PROGRAMS)('%s', { timeout: 2 * MOST }, async (_name, imports, make) => {
  // Nothing else: the more other garbage there is, the more rarely a collection hits the wrong moment.
  const program = `
    ${imports}
    for (let index = 0; index < ${COUNT}; index += 1) ${make};
    console.log('done');`;
  const words = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: MOST, killSignal: 'SIGKILL' });
  expect(stdout).toBe('done\n');
});
