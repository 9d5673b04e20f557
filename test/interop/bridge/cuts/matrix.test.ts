/** ssh, scp, sftp, git, rsync and `ssh -D` by every route while links are cut: unnoticed with resuming, reported promptly without. */
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { isMissing, temporaryFolder } from '../../processes.js';
import { useBridge } from '../bridge.js';
import type { Material } from './material.js';
import { carryCut, failCut, isDefinite, LOADS, makeMaterial, PROGRAMS, WAYS } from './matrix.js';

const KIB = 1024;
const LENGTH = 1024 * KIB;
/** Several links for each load. */
const OFTEN = { seed: 2026, bytes: [160 * KIB, 480 * KIB] } as const;
/** After the login, before the end. */
const ONCE = { seed: 7, bytes: [64 * KIB, 256 * KIB] } as const;
/** Without resuming, every waiting peer is told within this time, in ms. */
const DEFINITE = 5_000;

// Cells share the machine, and each dials again and again.
vi.setConfig({ testTimeout: 240_000 });

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
    '%s without resuming: an error within 5 s of the cut',
    async (load, { expect, onTestFinished }) => {
      const cell = { way, load, material, chopping: ONCE, bundle: bridge.path };
      const { status, lines, expected, milliseconds, stderr } = await failCut(onTestFinished, cell);
      expect([status, isDefinite(status)], stderr).toEqual([status, true]);
      expect(lines, stderr).toHaveLength(expected);
      expect(milliseconds).toBeLessThan(DEFINITE);
    },
  );
});
