/** What is carried: a file of random bytes, and a git repository of as many; and how copies are compared with them. */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { tool } from '../../processes.js';

export interface Material {
  readonly bytes: number;
  readonly file: string;
  /** Its work tree has the same number of bytes, in `FILES` files. */
  readonly repository: string;
}

const FILES = 12;
const BLOCK = 1024 * 1024;

export async function makeMaterial(folder: string, bytes: number): Promise<Material> {
  const [file, repository] = [join(folder, 'file'), join(folder, 'repository')];
  await mkdir(repository);
  await writeRandom(file, bytes);
  for (let index = 0; index < FILES; index += 1) await writeRandom(join(repository, `file-${index}`), bytes / FILES);
  // Random bytes are neither compressed nor compared.
  const speed = ['core.compression=0', 'pack.window=0', 'user.name=test', 'user.email=test@localhost'];
  const git = (...words: string[]): Promise<string> => tool('git', '-C', repository, ...words);
  await git('init', '-q', '-b', 'main');
  for (const setting of speed) await git('config', ...setting.split('='));
  await git('add', '.');
  await git('commit', '-q', '-m', 'files');
  return { bytes, file, repository };
}

async function writeRandom(path: string, bytes: number): Promise<void> {
  const block = Buffer.alloc(BLOCK);
  const handle = await open(path, 'w');
  for (let rest = Math.floor(bytes); rest > 0; rest -= block.length) {
    await handle.write(randomFillSync(block), 0, Math.min(rest, block.length));
  }
  await handle.close();
}

/** @throws where a copy differs from the file that it was made of */
export async function expectSame(original: string, copy: string): Promise<void> {
  const [before, after] = await Promise.all([digest(original), digest(copy)]);
  if (before !== after) throw new Error(`${copy} is not ${original}`);
}

/** The same for all files of a work tree. */
export async function expectSameTree(original: string, copy: string): Promise<void> {
  const [before, after] = await Promise.all([original, copy].map(filesOf));
  if (String(before) !== String(after)) throw new Error(`${copy} has not the files of ${original}`);
  for (const name of before ?? []) await expectSame(join(original, name), join(copy, name));
}

async function filesOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name !== '.git').toSorted();
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
