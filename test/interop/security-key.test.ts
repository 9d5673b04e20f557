/** OpenSSH's PROTOCOL.u2f: its client logs in to our server with security keys, held by a software agent. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatPublicKey } from '@nacre/core';
import {
  createAuthenticator,
  SK_ECDSA,
  SK_ED25519,
  USER_PRESENT,
  USER_VERIFIED,
  type Lies,
} from '../vectors/authenticator.js';
import { openssh, TARGET } from './openssh.js';
import { startOurServer } from './our-server.js';
import { isMissing, start } from './processes.js';
import { startAgent } from './software-agent.js';

const it = test.skipIf(isMissing('ssh'));

describe.each([SK_ED25519, SK_ECDSA] as const)('%s', (algorithm) => {
  /** The options of the key's line, what is odd about its signatures, and whether it is let in. */
  const rows: readonly (readonly [string, string, Lies, boolean])[] = [
    ['a touch', '', {}, true],
    ['no touch', '', { flags: 0 }, false],
    ['no touch where none is required', 'no-touch-required', { flags: 0 }, true],
    ['no PIN where one is required', 'verify-required', {}, false],
    ['a PIN where one is required', 'verify-required', { flags: USER_PRESENT | USER_VERIFIED }, true],
    ['a counter that was not signed', '', { shownCounter: 8 }, false],
    ['another application', '', { application: 'ssh:other' }, false],
  ];
  it.each(rows)('%s (%s)', async (_name, options, lies, isLetIn) => {
    const authenticator = createAuthenticator(algorithm);
    const { publicKey: blob } = authenticator;
    const line = formatPublicKey({ type: algorithm, blob, comment: '' });
    const server = await startOurServer(onTestFinished, { authorizedKeys: `${options} ${line}` });
    const { words, folder } = await openssh(onTestFinished, server, 'keys');
    const socket = join(folder, 'agent');
    await startAgent(onTestFinished, socket, [
      { publicKey: blob, sign: (message) => authenticator.sign(message, lies) },
    ]);
    // ssh uses the first of two values.
    const own = ['-o', 'IdentitiesOnly=no', '-o', `IdentityAgent=${socket}`, ...words];
    const { code, stdout, stderr } = await start(onTestFinished, 'ssh', [...own, TARGET, 'echo in']).finished;
    if (isLetIn) expect([code, stdout.toString()]).toEqual([0, 'in\n']);
    else expect([code, stderr]).toEqual([255, expect.stringContaining('Permission denied')]);
  });
});
