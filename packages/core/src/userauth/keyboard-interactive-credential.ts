/** RFC 4256: the method `keyboard-interactive`, the client's side. */
import type { Awaitable } from '../crypto/provider.js';
import type { PlainCredential, ProvenCredential } from './credentials.js';
import type { Prompt } from './decision.js';
import {
  keyboardInteractiveFields,
  SSH_MSG_USERAUTH_INFO_REQUEST,
  SSH_MSG_USERAUTH_INFO_RESPONSE,
} from './keyboard-interactive-messages.js';

/** A round of questions for a person. Control characters are the server's: strip them before display. */
export interface Challenge {
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly Prompt[];
}

/** A credential for logging in. */
export type Credential =
  | PlainCredential
  | {
      readonly method: 'keyboard-interactive';
      readonly answer: (challenge: Challenge) => Awaitable<readonly string[]>;
    };

/** Rounds of questions that are answered before giving up. */
const MAXIMUM_ROUNDS = 16;

/** Answers the server's questions, round by round. */
export function keyboardInteractive(answer: (challenge: Challenge) => Awaitable<readonly string[]>): ProvenCredential {
  const prove: ProvenCredential['prove'] = async (client, user) => {
    const fields = keyboardInteractiveFields.encode({ languageTag: '', submethods: '' });
    let reply = await client.request(user, 'keyboard-interactive', fields);
    for (let round = 0; reply.kind === 'method' && round < MAXIMUM_ROUNDS; round += 1) {
      if (reply.payload[0] !== SSH_MSG_USERAUTH_INFO_REQUEST.number) break;
      const responses = await answer(SSH_MSG_USERAUTH_INFO_REQUEST.decode(reply.payload));
      reply = await client.exchange(SSH_MSG_USERAUTH_INFO_RESPONSE.encode({ responses }));
    }
    return reply;
  };
  return { method: 'keyboard-interactive', prove };
}

/** The same credentials in the form that every client supports. */
export async function* plainCredentials(
  credentials: Iterable<Credential> | AsyncIterable<Credential>,
): AsyncGenerator<PlainCredential> {
  for await (const credential of credentials)
    yield 'answer' in credential ? keyboardInteractive(credential.answer) : credential;
}
