/** Accounts that the system knows, and those that are only a number. */
import { homedir, userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { accountName, homeFolder } from './account.js';

test('an account that the system knows has its home and its name', () => {
  expect(homeFolder()).toBe(homedir());
  expect(accountName()).toBe(userInfo().username);
});

test('an account that no file knows gets the root as its home, and its number as its name', () => {
  const fail = (): never => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
  };
  expect(homeFolder(fail)).toBe('/');
  expect(accountName(fail)).toBe(String(process.getuid?.()));
});
