/** What people do over ssh, each as bytes that are there afterwards, or a program that said why they are not. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type Cleanup } from '../../processes.js';
import { browse } from './browse.js';
import { expectSame, expectSameTree, type Material } from './material.js';
import { runProgram, type RunOptions } from './run-program.js';
import type { Way } from './ways.js';

export interface Setting {
  readonly cleanup: Cleanup;
  readonly way: Way;
  readonly material: Material;
}

interface Trip extends Setting {
  /** For copies. */
  readonly folder: string;
  run(program: string, words: readonly string[], files?: Omit<RunOptions, 'env'>): Promise<void>;
}

/** Each resolves to the number of bytes that it carried, and throws if one of them is wrong. */
const ROWS = {
  async ssh({ way, material, folder, run }) {
    const output = join(folder, 'output');
    const words = [...way.clientOptions, way.destination, 'cat'];
    await run('ssh', words, { input: material.file, output });
    await expectSame(material.file, output);
    return 2 * material.bytes;
  },
  async scp({ way, material, folder, run }) {
    const [far, back] = [join(folder, 'far'), join(folder, 'back')];
    await run('scp', ['-q', ...way.clientOptions, material.file, `${way.destination}:${far}`]);
    await run('scp', ['-q', '-O', ...way.clientOptions, `${way.destination}:${far}`, back]);
    await expectSame(material.file, back);
    return 2 * material.bytes;
  },
  async sftp({ way, material, folder, run }) {
    const [far, back, batch] = [join(folder, 'far'), join(folder, 'back'), join(folder, 'batch')];
    await writeFile(batch, `put ${material.file} ${far}\nget ${far} ${back}\n`);
    await run('sftp', ['-q', '-b', batch, ...way.clientOptions, way.destination]);
    await expectSame(material.file, back);
    return 2 * material.bytes;
  },
  async git({ way, material, folder, run }) {
    const clone = join(folder, 'clone');
    await run('git', ['clone', '-q', `ssh://${way.destination}${material.repository}`, clone]);
    await expectSameTree(material.repository, clone);
    return material.clonedBytes;
  },
  async rsync({ way, material, folder, run }) {
    const [far, back] = [join(folder, 'far'), join(folder, 'back')];
    await mkdir(far);
    await run('rsync', ['-a', `${material.tree}/`, `${way.destination}:${far}/`]);
    await run('rsync', ['-a', `${way.destination}:${far}/`, `${back}/`]);
    await expectSameTree(material.tree, back);
    return 2 * material.bytes;
  },
  'ssh -D': ({ cleanup, way, material }) => browse(cleanup, way, material.bytes),
} as const satisfies Record<string, (trip: Trip) => Promise<number>>;

export type LoadName = keyof typeof ROWS;
export const LOADS = Object.keys(ROWS) as LoadName[];
/** What must be installed. */
export const PROGRAMS = ['sshd', 'ssh', 'ssh-keygen', 'scp', 'sftp', 'git', 'rsync'];

/** @returns how many bytes were carried @throws ProgramFailed if a program reports failure */
export async function carry(name: LoadName, { cleanup, way, material }: Setting): Promise<number> {
  const folder = await temporaryFolder(cleanup);
  const command = ['ssh', ...way.clientOptions].map((word) => `'${word}'`).join(' ');
  const env = { ...way.env, GIT_SSH_COMMAND: command, RSYNC_RSH: command, GIT_CONFIG_NOSYSTEM: '1' };
  const run: Trip['run'] = (program, words, files) => runProgram(cleanup, program, words, { env, ...files });
  try {
    return await ROWS[name]({ cleanup, way, material, folder, run });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
