/** RFC 4252 §8: the method `password` for servers that may ask for a new one, the client's side. */
import type { Awaitable } from '../crypto/provider.js';
import type { ProvenCredential } from './credentials.js';
import { newPasswordFields, passwordFields, SSH_MSG_USERAUTH_PASSWD_CHANGEREQ } from './messages.js';

/** Rejected new passwords before giving up. */
const MAXIMUM_CHANGES = 3;

/**
 * Logs in by `password`, and changes it if the server asks for that: `change` receives the server's prompt, with its
 * control characters, and returns the new password.
 */
export function passwordWithChange(password: string, change: (prompt: string) => Awaitable<string>): ProvenCredential {
  const prove: ProvenCredential['prove'] = async (client, user) => {
    const ask = (isChange: boolean, tail: Uint8Array): ReturnType<typeof prove> =>
      client.request(user, 'password', passwordFields.encode({ isChange, password, tail }));
    let reply = await ask(false, new Uint8Array(0));
    for (let count = 0; reply.kind === 'method' && count < MAXIMUM_CHANGES; count += 1) {
      const { prompt } = SSH_MSG_USERAUTH_PASSWD_CHANGEREQ.decode(reply.payload);
      reply = await ask(true, newPasswordFields.encode({ newPassword: await change(prompt) }));
    }
    return reply;
  };
  return { method: 'password', prove };
}
