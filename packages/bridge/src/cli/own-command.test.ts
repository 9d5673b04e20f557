/** What ssh_config is told to run. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ownCommand } from './own-command.js';

test('the name if it is on the PATH and means this file, otherwise the file, or npx if that fetched it', () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'ssh-bridge-own-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [bin, other, cache] = ['bin', 'other', '_npx/1'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [bin, other, cache]) mkdirSync(folder, { recursive: true });
  const [file, cached] = [join(directory, 'ssh-bridge.js'), join(cache, 'ssh-bridge.js')];
  for (const each of [file, cached, join(other, 'ssh-bridge')]) writeFileSync(each, '');
  symlinkSync(file, join(bin, 'ssh-bridge'));
  expect(ownCommand({ PATH: `/nonexistent:${bin}:${other}` }, join(bin, 'ssh-bridge'))).toEqual(['ssh-bridge']);
  expect(ownCommand({ PATH: `${other}:${bin}` }, file)).toEqual([process.execPath, file]);
  expect(ownCommand({ PATH: '' }, file)).toEqual([process.execPath, file]);
  expect(ownCommand({ PATH: bin }, cached)).toEqual(['npx', 'ssh-bridge']);
});
