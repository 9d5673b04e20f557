/** `@nacre/core/legacy` and OpenSSH: what is there, and that none of it is offered unless asked for. The matrix tries each row. */
import { expect, onTestFinished, test } from 'vitest';
import { legacy } from '@nacre/core/legacy';
import { nodeLegacy } from '@nacre/edge/node-legacy';
import { openssh, opensshSupports, TARGET } from './openssh.js';
import { startOurServer } from './our-server.js';
import { isMissing } from './processes.js';

const it = test.skipIf(isMissing('ssh'));
const supports = isMissing('ssh') ? () => true : opensshSupports();
const ciphers = Object.keys({ ...legacy.ciphers, ...nodeLegacy.ciphers }).filter(supports);
const macs = Object.keys(legacy.macs).filter(supports);

it('OpenSSH has them all but those it has removed', () => {
  expect([...ciphers, ...macs]).toHaveLength(4 + 8);
});

it('OpenSSH’s client finds nothing of this in a server that was not told to offer it', async () => {
  const server = await startOurServer(onTestFinished, { algorithms: { rows: [legacy, nodeLegacy] } });
  const { ssh } = await openssh(onTestFinished, server);
  const { code, stderr } = await ssh(['-o', `Ciphers=${ciphers.join(',')}`, TARGET, 'echo in']).finished;
  expect([code, stderr]).toEqual([255, expect.stringContaining('no matching cipher found')]);
});
