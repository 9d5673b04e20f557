/** Known answers, for every provider. */
import { noble } from '@nacre/core/noble';
import { expect, test } from 'vitest';
import { ascii, hex } from './bytes.js';
import { keyDerivations } from './proofs/key-derivation.js';
import { knownAnswers } from './proofs/known-answers.js';
import { modularPowers } from './proofs/modular-power.js';
import { sntrup761Answers } from './proofs/sntrup761.js';
import { prove } from './prove.js';

prove([...knownAnswers, ...modularPowers, ...keyDerivations, ...sntrup761Answers]);

test('RFC 6979 §A.2.5: noble signs without randomness', async () => {
  const privateKey = hex('C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721');
  const signature = hex(`EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8`);
  expect(await noble.ecdsa.nistp256.sign('sha256', privateKey, ascii('sample'))).toEqual(signature);
});
