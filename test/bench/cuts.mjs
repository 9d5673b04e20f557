/** What people do over ssh, by each route that `ssh-bridge` offers, while links are cut: the cells of test/interop/bridge/cuts at full size. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const MEBIBYTE = 2 ** 20;
const BUILD = fileURLToPath(new URL('../../packages/bridge/build.mjs', import.meta.url));
const MATRIX = fileURLToPath(new URL('../interop/bridge/cuts/matrix.ts', import.meta.url));
/** In the repository, because it finds our packages by its location. */
const BUNDLED = new URL('../../.nacre/bench/cut-matrix.mjs', import.meta.url);

/** Without resuming, every waiting peer is told within this time, in ms. */
const DEFINITE = 5_000;

/**
 * @param life how long a link lives, in ms: at least and at most @param seed of the cuts
 * @returns `ways`, and a row of cells for each load: `carried`, and `told` without resuming; `wrong` says what is wrong in them
 */
export async function measureCuts({ bytes, clonedBytes, life, seed, progress }) {
  const matrix = await bundleMatrix();
  const folder = mkdtempSync(join(tmpdir(), 'nacre-cuts-'));
  const bundle = join(folder, 'ssh-bridge.mjs');
  spawnSync(process.execPath, [BUILD, bundle], { stdio: 'inherit' });
  try {
    const material = await matrix.makeMaterial(folder, { bytes, clonedBytes });
    const result = { ways: matrix.WAYS, carried: [], told: [], wrong: [] };
    let cells = 0;
    for (const load of matrix.LOADS) {
      const [carried, told] = [[load], [load]];
      for (const way of matrix.WAYS) {
        progress(`${load} by ${way}`);
        const cell = { way, load, material, bundle, chopping: { seed: seed + (cells += 1), time: life } };
        const note = (what) => result.wrong.push(`${load} by ${way}: ${what}`);
        carried.push(await inTurn(async (cleanup) => shownCarried(await matrix.carryCut(cleanup, cell)), note));
        told.push(await inTurn(async (cleanup) => shownTold(await matrix.failCut(cleanup, cell), matrix, note), note));
      }
      result.carried.push(carried);
      result.told.push(told);
    }
    return result;
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

/** Runs a cell and ends everything that it has started, even if this process has to end. */
async function inTurn(run, note) {
  const undos = [];
  const undoAll = () =>
    undos
      .splice(0)
      .toReversed()
      .map((undo) => undo());
  process.once('exit', undoAll);
  try {
    return await run((undo) => undos.push(undo));
  } catch (error) {
    note(error.message);
    return 'failed';
  } finally {
    process.off('exit', undoAll);
    await Promise.all(undoAll());
  }
}

function shownCarried({ bytes, milliseconds, cuts }) {
  return `${(bytes / MEBIBYTE).toFixed(0)} MiB, ${(milliseconds / 1000).toFixed(0)} s, ${cuts} cuts`;
}

function shownTold({ status, milliseconds, lines, expected, stderr }, { isDefinite }, note) {
  if (!isDefinite(status) || milliseconds > DEFINITE) note(`status ${status}`);
  if (lines.length !== expected) note(`said ${stderr}`);
  return `${status}, ${milliseconds.toFixed(0)} ms`;
}
