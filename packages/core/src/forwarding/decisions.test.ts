/** What may be forwarded, for each kind of request: the policy, then the key, then the hook. */
import { expect, test } from 'vitest';
import { accept } from '../index.js';
import { UNRESTRICTED, type Restrictions } from '../keys/restrictions.js';
import type { ForwardPolicy, ForwardingContext } from './connection-forwarding.js';
import { decide } from './decisions.js';
import type { ForwardRequest } from './request.js';

const HOOKED: ForwardPolicy = {
  localForwarding: 'if-hooked',
  remoteForwarding: 'if-hooked',
  agentForwarding: 'if-hooked',
  x11Forwarding: 'if-hooked',
};
const origin = { originHost: '', originPort: 0, resolve: () => Promise.resolve([]) };
const db: Partial<Restrictions> = { permitOpen: [{ host: 'db', port: 5432 }] };
const web: Partial<Restrictions> = { permitListen: [{ host: 'localhost', port: 8080 }] };
const shut: Partial<Restrictions> = { portForwarding: false };

/** The request, the switch that governs it, the restriction of a key, and whether that still allows it. */
const rows: readonly (readonly [ForwardRequest, keyof ForwardPolicy, Partial<Restrictions>, boolean])[] = [
  [{ type: 'direct-tcpip', host: 'db', port: 5432, ...origin }, 'localForwarding', db, true],
  [{ type: 'direct-tcpip', host: 'db', port: 5433, ...origin }, 'localForwarding', db, false],
  [{ type: 'direct-tcpip', host: 'db', port: 5432, ...origin }, 'localForwarding', shut, false],
  [{ type: 'direct-streamlocal@openssh.com', path: '/x' }, 'localForwarding', web, true],
  [{ type: 'direct-streamlocal@openssh.com', path: '/x' }, 'localForwarding', db, false],
  [{ type: 'tcpip-forward', host: 'localhost', port: 8080 }, 'remoteForwarding', web, true],
  [{ type: 'tcpip-forward', host: 'localhost', port: 8081 }, 'remoteForwarding', web, false],
  [{ type: 'streamlocal-forward@openssh.com', path: '/x' }, 'remoteForwarding', db, true],
  [{ type: 'streamlocal-forward@openssh.com', path: '/x' }, 'remoteForwarding', web, false],
  [{ type: 'auth-agent-req@openssh.com' }, 'agentForwarding', shut, true],
  [{ type: 'auth-agent-req@openssh.com' }, 'agentForwarding', { agentForwarding: false }, false],
  [{ type: 'x11-req', singleConnection: false, screenNumber: 0 }, 'x11Forwarding', shut, true],
  [{ type: 'x11-req', singleConnection: false, screenNumber: 0 }, 'x11Forwarding', { x11Forwarding: false }, false],
];

/** @returns the decision, and whether the hook was asked. */
async function decided(
  request: ForwardRequest,
  policy: ForwardPolicy,
  restrictions: Partial<Restrictions>,
  isHooked = true,
): Promise<readonly [unknown, boolean]> {
  let isAsked = false;
  const ask = async (): Promise<typeof accept> => {
    isAsked = true;
    return accept;
  };
  const context: ForwardingContext = {
    policy,
    restrictions: { ...UNRESTRICTED, ...restrictions },
    ask: isHooked ? ask : undefined,
    open: () => false,
    schedule: () => () => undefined,
    log: () => undefined,
  };
  return [await decide(context, request), isAsked];
}

test.each(rows)('Security: %o: by %s, and a key with %o: %s', async (request, name, restrictions, isLeft) => {
  expect(await decided(request, HOOKED, {})).toEqual(['accept', true]);
  expect(await decided(request, HOOKED, {}, false)).toEqual([undefined, false]);
  expect(await decided(request, { ...HOOKED, [name]: false }, {})).toEqual([undefined, false]);
  expect(await decided(request, HOOKED, restrictions)).toEqual(isLeft ? ['accept', true] : [undefined, false]);
});
