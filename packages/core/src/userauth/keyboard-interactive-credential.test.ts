/** RFC 4256 §3.4: a server may ask again, but not without end. */
import { expect, test } from 'vitest';
import { UserauthClient } from './client.js';
import { authenticate } from './credentials.js';
import { keyboardInteractive } from './keyboard-interactive-credential.js';
import { SSH_MSG_USERAUTH_INFO_REQUEST } from './keyboard-interactive-messages.js';

test('of a server that never stops asking, 16 rounds of questions are answered', async () => {
  let rounds = 0;
  const question = SSH_MSG_USERAUTH_INFO_REQUEST.encode({ name: '', instruction: '', languageTag: '', prompts: [] });
  const client: UserauthClient = new UserauthClient({
    sessionId: new Uint8Array(32),
    signatures: {},
    serverSignatureAlgorithms: () => undefined,
    boundHostKey: () => undefined,
    send: () => void Promise.resolve().then(() => client.handle(question)),
    succeed: () => expect.unreachable(),
    banner: () => undefined,
  });
  const answer = (): readonly string[] => {
    rounds += 1;
    if (rounds > 100) throw new Error('it never gives up');
    return [];
  };
  await expect(authenticate(client, 'u', [keyboardInteractive(answer)])).rejects.toThrow('keyboard-interactive');
  expect(rounds).toBe(16);
});
