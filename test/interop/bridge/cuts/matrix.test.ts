/** ssh, scp, sftp, git, rsync and `ssh -D` by every route while links are cut: unnoticed with resuming, reported at once without. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { isMissing, temporaryFolder } from '../../processes.js';
import { BY_EVENTS, useBridge } from '../bridge.js';
import type { Material } from './material.js';
import { carryCut, failCut, isDefinite, LOADS, makeMaterial, PROGRAMS, WAYS } from './matrix.js';

const KIB = 1024;
const LENGTH = 1024 * KIB;
/** Several links for each load. */
const OFTEN = { seed: 2026, bytes: [160 * KIB, 480 * KIB] } as const;
/** After the login, before the end. */
const ONCE = { seed: 7, bytes: [64 * KIB, 256 * KIB] } as const;

const bridge = useBridge();
let material: Material;
beforeAll(async () => {
  material = await makeMaterial(await temporaryFolder(afterAll), { bytes: LENGTH, clonedBytes: LENGTH });
});

// A cell mostly waits: for links to be dialled again, for programs to start.
describe.skipIf(isMissing(...PROGRAMS)).each(WAYS)('%s', (way) => {
  test.concurrent.for(LOADS)('%s: byte for byte while its links are cut', async (load, { expect, onTestFinished }) => {
    const cell = { way, load, material, chopping: OFTEN, bundle: bridge.path };
    const { bytes, cuts } = await carryCut(onTestFinished, cell);
    expect(bytes).toBeGreaterThan(LENGTH / 2);
    expect(cuts).toBeGreaterThan(1);
  });

  test.concurrent.for(LOADS)(
    '%s without resuming: an error by the cut itself',
    async (load, { expect, onTestFinished }) => {
      const cell = { way, load, material, chopping: ONCE, bundle: bridge.path, env: BY_EVENTS };
      const { status, lines, expected, stderr } = await failCut(onTestFinished, cell);
      expect([status, isDefinite(status)], stderr).toEqual([status, true]);
      expect(lines, stderr).toHaveLength(expected);
    },
  );
});
