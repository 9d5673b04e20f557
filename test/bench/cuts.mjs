/** What people do over ssh, by each way that `ssh-bridge` has, while links are cut: the cells of test/interop/bridge/cuts at full size. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const MEBIBYTE = 2 ** 20;
const BUILD = fileURLToPath(new URL('../../packages/bridge/build.mjs', import.meta.url));
const MATRIX = fileURLToPath(new URL('../interop/bridge/cuts/matrix.ts', import.meta.url));
/** In the repository, for it finds our packages by its place. */
const BUNDLED = new URL('../../.nacre/bench/cut-matrix.mjs', import.meta.url);

/**
 * @param life how long a link lives, in ms: at least and at most @param seed of the cuts
 * @returns `carried` and `told`: rows of words, the second of clients without resuming
 */
export async function measureCuts({ bytes, clonedBytes, life, seed, progress }) {
  const matrix = await bundleMatrix();
  const folder = mkdtempSync(join(tmpdir(), 'nacre-cuts-'));
  const bundle = join(folder, 'ssh-bridge.mjs');
  spawnSync(process.execPath, [BUILD, bundle], { stdio: 'inherit' });
  try {
    const material = await matrix.makeMaterial(folder, { bytes, clonedBytes });
    const rows = { carried: [], told: [] };
    for (const [index, [way, load]] of cells(matrix).entries()) {
      const cell = { way, load, material, bundle, chopping: { seed: seed + index, time: life } };
      progress(`${load} by ${way}`);
      rows.carried.push([load, way, ...(await inTurn((cleanup) => matrix.carryCut(cleanup, cell), shownCarried))]);
      rows.told.push([load, way, ...(await inTurn((cleanup) => matrix.failCut(cleanup, cell), shownTold))]);
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundleMatrix() {
  await build({
    entryPoints: [MATRIX],
    outfile: fileURLToPath(BUNDLED),
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  return import(BUNDLED);
}

function cells({ WAYS, LOADS }) {
  return WAYS.flatMap((way) => LOADS.map((load) => [way, load]));
}

/** Runs a cell and ends all that it has started, also where this process has to end. A cell that fails is a row too. */
async function inTurn(run, show) {
  const undos = [];
  const undoAll = () =>
    undos
      .splice(0)
      .toReversed()
      .map((undo) => undo());
  process.once('exit', undoAll);
  try {
    return show(await run((undo) => undos.push(undo)));
  } catch (error) {
    return ['–', '–', '–', `failed: ${error.message}`];
  } finally {
    process.off('exit', undoAll);
    await Promise.all(undoAll());
  }
}

function shownCarried({ bytes, milliseconds, cuts }) {
  return [(bytes / MEBIBYTE).toFixed(0), (milliseconds / 1000).toFixed(1), String(cuts), 'byte for byte'];
}

function shownTold({ code, milliseconds, lines, expected, stderr }) {
  const said = (lines[0] ?? stderr.trim().split('\n').at(-1)).replaceAll('|', '/');
  const isRight = code > 0 && lines.length === expected;
  return [String(code), milliseconds.toFixed(0), said, isRight ? 'told' : 'wrong'];
}
