import { expect, test } from 'vitest';
import type { RelayObjects } from './relay/platform.js';
import { relay, type WorkersRequest } from './relay.js';

const TOKEN = 't'.repeat(32);
const nobody = (): never => {
  throw new Error('no object is to be asked');
};
const objects: RelayObjects = { idFromName: nobody, get: nobody };
const request: WorkersRequest = new Request('https://relay.test/');

test.each([
  ['hostToken', { hostToken: TOKEN.slice(1), visitorToken: TOKEN }],
  ['visitorToken', { hostToken: TOKEN, visitorToken: TOKEN.slice(1) }],
  ['visitorToken', { hostToken: TOKEN, visitorToken: undefined as never }],
])('a %s that is short, or none, keeps the relay from its work, and is in no error', async (name, tokens) => {
  const { fetch } = relay(() => ({ objects, origins: [], ...tokens }));
  const failed = await fetch(request, undefined).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(TypeError);
  expect(String(failed)).toContain(`${name} has less than 32 characters`);
  expect(String(failed)).not.toContain('ttt');
});

test('tokens of 32 characters, functions, and null for visitors are taken', async () => {
  for (const tokens of [
    { hostToken: TOKEN, visitorToken: TOKEN },
    { hostToken: () => TOKEN, visitorToken: () => TOKEN },
    { hostToken: TOKEN, visitorToken: null },
  ]) {
    const { status } = await relay(() => ({ objects, origins: [], ...tokens })).fetch(request, undefined);
    expect(status).toBeGreaterThanOrEqual(400);
  }
});
