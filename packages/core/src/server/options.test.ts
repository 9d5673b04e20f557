/** Server options that are incomplete. */
import { expect, test } from 'vitest';
import { DEFAULT_SERVER_LIMITS, readLimits } from './options.js';

const { userauth, connection, penalties } = DEFAULT_SERVER_LIMITS;

test.each([
  [{}, {}],
  [{ loginGrace: 1000 }, { loginGrace: 1000 }],
  [{ loginGrace: undefined, userauth: undefined }, {}],
  [{ userauth: { failures: 3 } }, { userauth: { ...userauth, failures: 3 } }],
  [{ connection: { window: 1000, budget: 9 } }, { connection: { ...connection, window: 1000, budget: 9 } }],
  [{ penalties: { crash: 1 } }, { penalties: { ...penalties, crash: 1 } }],
  [{ penalties: false }, { penalties: false }],
])('limits %j: what is left out is as by default', (given, changed) => {
  // As in plain JavaScript, where nothing forbids undefined.
  expect(readLimits(given as Parameters<typeof readLimits>[0])).toEqual({ ...DEFAULT_SERVER_LIMITS, ...changed });
});
