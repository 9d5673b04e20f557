/** RFC 4252 §5.1: only the server says which methods are worth trying next. */
import { expect, test } from 'vitest';
import * as table from '../algorithms/table.js';
import { UserauthClient } from './client.js';
import { authenticate, type PlainCredential } from './credentials.js';
import { keyboardInteractive, type Challenge } from './keyboard-interactive-credential.js';
import {
  SSH_MSG_USERAUTH_FAILURE,
  SSH_MSG_USERAUTH_PASSWD_CHANGEREQ,
  SSH_MSG_USERAUTH_REQUEST,
  SSH_MSG_USERAUTH_SUCCESS,
} from './messages.js';

const password: PlainCredential = { method: 'password', password: 'p' };
const changeRequest = SSH_MSG_USERAUTH_PASSWD_CHANGEREQ.encode({ prompt: 'a new one', languageTag: '' });
const success = SSH_MSG_USERAUTH_SUCCESS.encode({});
const failure = SSH_MSG_USERAUTH_FAILURE.encode({
  authenticationsThatCanContinue: ['publickey'],
  partialSuccess: false,
});

/** A client of a server that gives these answers, and the methods that it was asked for. */
function clientOf(...answers: readonly Uint8Array[]): { client: UserauthClient; asked: string[]; banners: string[] } {
  const [asked, banners, left]: [string[], string[], Uint8Array[]] = [[], [], [...answers]];
  const client: UserauthClient = new UserauthClient({
    sessionId: new Uint8Array(32),
    signatures: table.signatures,
    serverSignatureAlgorithms: () => undefined,
    boundHostKey: () => undefined,
    send: (payload) => {
      if (payload[0] === 50) asked.push(SSH_MSG_USERAUTH_REQUEST.decode(payload).methodName);
      const answer = left.shift();
      if (answer !== undefined) void Promise.resolve().then(() => client.handle(answer));
    },
    succeed: () => undefined,
    banner: (text) => void banners.push(text) as undefined,
  });
  return { client, asked, banners };
}

test('a key that this client cannot use does not rule out the credentials after it', async () => {
  const key = { publicKey: new Uint8Array(4), algorithms: ['ssh-dss'], sign: () => expect.unreachable() };
  const { client, asked } = clientOf(success);
  await authenticate(client, 'u', [{ method: 'publickey', key }, password]);
  expect(asked).toEqual(['password']);
});

test('nor does a server that asks for a new password instead of a verdict', async () => {
  const { client, asked } = clientOf(changeRequest, success);
  const next: PlainCredential = {
    method: 'hostbased',
    prove: (asking, user) => asking.request(user, 'hostbased', new Uint8Array(0)),
  };
  await authenticate(client, 'u', [password, next]);
  expect(asked).toEqual(['password', 'hostbased']);
});

test('what the server takes is only said if the server has said it', async () => {
  const tried = 'the server did not accept password for this user';
  await expect(authenticate(clientOf(changeRequest).client, 'u', [password])).rejects.toThrow(new RegExp(`${tried}$`));
  await expect(authenticate(clientOf(failure).client, 'u', [password])).rejects.toThrow(`${tried}; it takes publickey`);
});

test('text for people may have any encoding: a banner in Latin-1 is no reason to leave', async () => {
  const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const { client, banners } = clientOf(
    latin1('\x3c\0\0\0\x01\xe4\0\0\0\x01\xf6\0\0\0\x01\xfc\0\0\0\x01\0\0\0\x01\xdf\0'),
    success,
  );
  client.handle(latin1('\x35\0\0\0\x05Gr\xfc\xdfe\0\0\0\x01\xe4'));
  expect(banners).toEqual(['Gr\ufffd\ufffde']);
  const challenges: Challenge[] = [];
  const answer = (challenge: Challenge): string[] => {
    challenges.push(challenge);
    return ['a'];
  };
  await authenticate(client, 'u', [keyboardInteractive(answer)]);
  expect(challenges).toMatchObject([
    { name: '\ufffd', instruction: '\ufffd', prompts: [{ prompt: '\ufffd', echo: false }] },
  ]);
});
