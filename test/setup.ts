/** Runs before every test file. What it adds stays with the worker, so once is enough. */
import { expect } from 'vitest';
import { areEqualBytes } from './equal-bytes.js';

const ADDED = Symbol.for('nacre.areEqualBytes');

if (!Reflect.has(globalThis, ADDED)) {
  Reflect.set(globalThis, ADDED, true);
  expect.addEqualityTesters([areEqualBytes]);
}
