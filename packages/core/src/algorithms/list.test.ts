/** ssh_config(5): lists of algorithms. `test/interop/algorithm-lists.test.ts` compares the rules with `ssh -G`. */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { readList } from './list.js';

const context = {
  what: 'ciphers',
  base: ['aes128-gcm', 'aes256-gcm', 'aes256-ctr'],
  available: ['aes128-gcm', 'aes256-gcm', 'aes256-ctr', 'aes256-cbc', '3des-cbc'],
  others: 'more come from elsewhere',
};

test.each([
  ['aes256-ctr,aes128-gcm', ['aes256-ctr', 'aes128-gcm']],
  ['aes256-ctr,aes256-ctr,*-ctr', ['aes256-ctr']],
  ['aes*-gcm', ['aes128-gcm', 'aes256-gcm']],
  ['*-cbc,aes???-ctr', ['aes256-cbc', '3des-cbc', 'aes256-ctr']],
  ['+aes256-cbc', ['aes128-gcm', 'aes256-gcm', 'aes256-ctr', 'aes256-cbc']],
  ['+aes256-ctr', ['aes128-gcm', 'aes256-gcm', 'aes256-ctr']],
  ['+*-cbc', ['aes128-gcm', 'aes256-gcm', 'aes256-ctr', 'aes256-cbc', '3des-cbc']],
  ['-aes256-gcm', ['aes128-gcm', 'aes256-ctr']],
  ['-*-gcm,3des-cbc', ['aes256-ctr']],
  ['-3des-cbc', ['aes128-gcm', 'aes256-gcm', 'aes256-ctr']],
  ['-aes256-*,!aes256-ctr', ['aes128-gcm', 'aes256-ctr']],
  ['^aes256-ctr', ['aes256-ctr', 'aes128-gcm', 'aes256-gcm']],
  ['^3des-cbc,aes256-*', ['3des-cbc', 'aes256-gcm', 'aes256-ctr', 'aes256-cbc', 'aes128-gcm']],
])('%s', (list, names) => {
  expect(readList(list, context)).toEqual(names);
});

describe('a list that cannot be used is refused with a sentence that lists what there is', () => {
  test.each([
    [
      'aes256-ctr,aes512',
      'ciphers: there is no "aes512" in "aes128-gcm,aes256-gcm,aes256-ctr,aes256-cbc,3des-cbc"; more come from elsewhere',
    ],
    ['+blow*', 'ciphers: there is no "blow*" in "aes128-gcm,'],
    ['!aes256-ctr', 'ciphers: there is no "!aes256-ctr" in'],
    ['AES256-CTR', 'ciphers: there is no "AES256-CTR" in'],
    ['', 'ciphers: the list "" names nothing in "aes128-gcm,'],
    ['+', 'ciphers: the list "+" names nothing'],
    ['-*', 'ciphers: the list "-*" leaves nothing of "aes128-gcm,aes256-gcm,aes256-ctr"'],
    ['-aes*', 'ciphers: the list "-aes*" leaves nothing of "aes128-gcm,'],
    ['-', 'ciphers: the list "-" names nothing'],
    ['-!aes256-ctr', 'ciphers: the list "-!aes256-ctr" names nothing'],
    ['-aes256-ctr,-aes256-gcm', 'there is "-aes256-gcm"; one sign stands before the whole list'],
    ['-aes256-ctr, aes256-gcm', 'there is " aes256-gcm"; one sign stands before the whole list, and no blanks'],
    ['+aes256-cbc,^3des-cbc', 'one sign stands before the whole list'],
    ['--aes256-ctr', 'one sign stands before the whole list'],
    [' -aes256-ctr', 'one sign stands before the whole list'],
    ['- aes256-ctr', 'one sign stands before the whole list'],
    ['-aes256-ctr;aes256-gcm', 'ciphers: there is no "aes256-ctr;aes256-gcm"'],
    ['-AES*', 'ciphers: there is no "AES*" in "aes128-gcm,'],
    ['-*-gcm,not-there', 'ciphers: there is no "not-there"'],
    ['-aes*,!aes512', 'ciphers: there is no "aes512"'],
  ])('%s', (list, sentence) => {
    expect(() => readList(list, context)).toThrow(ConfigurationError);
    expect(() => readList(list, context)).toThrow(sentence);
  });
});
