/** What is transferred: a file, a folder and a git repository of random bytes; and how copies are compared with them. */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { tool } from '../../processes.js';

export interface Material {
  /** Of the file, and of the folder. */
  readonly bytes: number;
  readonly file: string;
  readonly tree: string;
  /** Of the repository's work tree. */
  readonly clonedBytes: number;
  readonly repository: string;
}

const FILES = 12;
const BLOCK = 1024 * 1024;

export async function makeMaterial(
  folder: string,
  { bytes, clonedBytes }: Pick<Material, 'bytes' | 'clonedBytes'>,
): Promise<Material> {
  const [file, tree, repository] = ['file', 'tree', 'repository'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeRandom(file, bytes);
  await writeTree(tree, bytes);
  await writeTree(repository, clonedBytes);
  // Random bytes are neither compressed nor compared.
  const settings = ['core.compression=0', 'pack.window=0', 'user.name=test', 'user.email=test@localhost'];
  const git = (...words: string[]): Promise<string> => tool('git', '-C', repository, ...words);
  await git('init', '-q', '-b', 'main');
  for (const setting of settings) await git('config', ...setting.split('='));
  await git('add', '.');
  await git('commit', '-q', '-m', 'files');
  return { bytes, file, tree, clonedBytes, repository };
}

async function writeTree(folder: string, bytes: number): Promise<void> {
  await mkdir(folder);
  for (let index = 0; index < FILES; index += 1) await writeRandom(join(folder, `file-${index}`), bytes / FILES);
}

async function writeRandom(path: string, bytes: number): Promise<void> {
  const block = Buffer.alloc(BLOCK);
  const handle = await open(path, 'w');
  for (let rest = Math.floor(bytes); rest > 0; rest -= block.length) {
    await handle.write(randomFillSync(block), 0, Math.min(rest, block.length));
  }
  await handle.close();
}

/** @throws if a copy differs from its original */
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
