/** Group G, RFC 4252, RFC 4256 and RFC 4254 §9: hostile logins. W23-W28, W32. */
import { accept, changeRequired, partial, type Hooks } from '@nacre/core';
import { expect } from 'vitest';
import { open, password, type Case } from '../case.js';
import { bytes, concat, str, uint32 } from '../bytes.js';
import { settle, type RawPeer } from '../raw-peer.js';

/** The fields of every request. */
const from = (user: string, method: string, service = 'ssh-connection'): Uint8Array =>
  concat([50], str(user), str(service), str(method));
const ask = (user: string): Uint8Array => concat(from(user, 'keyboard-interactive'), str(''), str(''));
const answer = (...texts: readonly string[]): Uint8Array => concat([61], uint32(texts.length), ...texts.map(str));
/** A key that nobody has: 32 bytes of one number. */
const blob = (number: number): Uint8Array => concat(str('ssh-ed25519'), str(new Uint8Array(32).fill(number)));
const query = (user: string, number: number): Uint8Array =>
  concat(from(user, 'publickey'), [0], str('ssh-ed25519'), str(blob(number)));

const kinds = (peer: RawPeer): number[] => peer.received.map((payload) => payload[0]!);
const count = (peer: RawPeer, number: number): number => kinds(peer).filter((each) => each === number).length;

/** One question to which no answer is right. */
const questions: Hooks = {
  keyboardInteractive: async (_attempt, put) => {
    await put({ prompts: [{ prompt: 'Token: ', echo: false }] });
    return undefined;
  },
};
/** A password that is only half of what is needed. */
const halves: Hooks = {
  password: (_attempt, word) => (word === 'right' ? partial(['keyboard-interactive']) : undefined),
  keyboardInteractive: () => accept,
};
const asked = ['password', 'keyboardInteractive', 'authorizedKeys', 'none'];

/** Sends payloads, each after the answer to the previous one. */
async function inTurn(peer: RawPeer, payloads: readonly Uint8Array[]): Promise<void> {
  for (const payload of payloads) {
    const before = peer.received.length;
    peer.send(payload);
    await peer.until(() => peer.received.length > before, 'an answer');
  }
}

export const loginCases: readonly Case[] = [
  ...[6, 51, 52, 53, 60].map((number): Case => [
    `W23 ${number} from a client`,
    async (peer) => {
      await peer.requestService();
      peer.send([number], uint32(0), [0]);
      peer.send(open);
    },
    2,
  ]),
  ...[80, 81, 82, 83, 90, 94, 98, 100, 101, 127, 192].flatMap((number): Case[] => [
    [
      `W24 ${number} before authentication`,
      async (peer) => {
        await peer.requestService();
        peer.send([number], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
      },
      2,
    ],
    [
      `W24 ${number} before the service is asked for`,
      async (peer) => {
        await peer.exchange();
        peer.send([number], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
      },
      2,
    ],
  ]),
  [
    'W25 ssh-connection before authentication',
    async (peer) => {
      await peer.exchange();
      peer.send([5], str('ssh-connection'));
    },
    7,
  ],
  [
    'W25 an unknown service',
    async (peer) => {
      await peer.exchange();
      peer.send([5], str('foo'));
    },
    7,
  ],
  [
    'W25 authentication for another service',
    async (peer) => {
      await peer.requestService();
      peer.send([50], str('guest'), str('foo-service'), str('none'));
    },
    7,
  ],
  [
    'W26 another user',
    async (peer) => {
      await peer.requestService();
      peer.send(password('alice', 'wrong'));
      await settle();
      peer.send([50], str('guest'), str('ssh-connection'), str('none'));
    },
    2,
    { calls: ['password'] },
  ],
  [
    'W27 six wrong passwords',
    async (peer) => {
      await peer.requestService();
      await inTurn(
        peer,
        Array.from({ length: 5 }, () => password('alice', 'wrong')),
      );
      expect(count(peer, 51)).toBe(5);
      peer.send(password('alice', 'wrong'));
    },
    14,
    { calls: ['password'] },
  ],
  [
    'W27 none, over and over',
    async (peer) => {
      await peer.requestService();
      for (let index = 0; index < 65; index += 1) peer.send([50], str('alice'), str('ssh-connection'), str('none'));
      for (let index = 0; index < 30; index += 1) await settle();
    },
    14,
    { calls: ['none'] },
  ],
  [
    'W28 an answer without a question',
    async (peer) => {
      await peer.requestService();
      peer.send([61], uint32(0));
    },
    2,
  ],
  [
    'DEBUG with text that is no UTF-8',
    async (peer) => {
      await peer.exchange();
      peer.send([4, 1], str(Uint8Array.of(0xff, 0xc0)), str(Uint8Array.of(0xff)));
    },
    undefined,
  ],
  [
    'W24 a channel after five wrong passwords',
    async (peer) => {
      await peer.requestService();
      await inTurn(
        peer,
        Array.from({ length: 5 }, () => password('alice', 'wrong')),
      );
      peer.send(open);
    },
    2,
    { calls: asked },
  ],
  [
    'W24 a channel after a partial success',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [password('alice', 'right')]);
      expect(peer.received.at(-1)?.at(-1)).toBe(1);
      peer.send(open);
    },
    2,
    { calls: asked, server: { hooks: halves } },
  ],
  [
    'W26 another user after a partial success',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [password('alice', 'right')]);
      peer.send(ask('bob'));
      await settle();
      expect(count(peer, 52)).toBe(0);
    },
    2,
    { calls: asked, server: { hooks: halves } },
  ],
  [
    'a partial success is not skipped by asking for nothing',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [password('guest', 'right'), from('guest', 'none'), password('guest', 'right')]);
      expect(kinds(peer).slice(-3)).toEqual([51, 51, 51]);
    },
    undefined,
    { calls: asked, server: { hooks: halves } },
  ],
  [
    'W27 sixteen keys that are held up',
    async (peer) => {
      await peer.requestService();
      await inTurn(
        peer,
        Array.from({ length: 15 }, (_, index) => query('alice', index)),
      );
      expect(count(peer, 51)).toBe(15);
      peer.send(query('alice', 15));
    },
    14,
    { calls: asked, server: { hooks: { authorizedKeys: () => undefined } } },
  ],
  [
    'W27 submethods without end are one try',
    async (peer) => {
      await peer.requestService();
      const many = Array.from({ length: 1000 }, () => 'pam').join(',');
      const start = concat(from('alice', 'keyboard-interactive'), str(''), str(many));
      for (let round = 0; round < 5; round += 1) await inTurn(peer, [start, answer('7')]);
      expect([count(peer, 60), count(peer, 51)]).toEqual([5, 5]);
      await inTurn(peer, [start]);
      peer.send(answer('7'));
    },
    14,
    { calls: asked, server: { hooks: questions } },
  ],
  [
    'W27 methods by turns: six failures in all',
    async (peer) => {
      await peer.requestService();
      const signed = concat(from('alice', 'publickey'), [1], str('ssh-ed25519'), str(blob(1)), str('no'));
      const rounds = [password('alice', 'a'), signed, from('alice', 'gssapi-with-mic')];
      await inTurn(peer, [...rounds, ask('alice'), answer('7'), signed]);
      expect(count(peer, 51)).toBe(5);
      peer.send(password('alice', 'b'));
    },
    14,
    { calls: asked, server: { hooks: { ...questions, authorizedKeys: () => undefined } } },
  ],
  [
    'W28 answers without number',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [ask('alice')]);
      peer.send([61], uint32(0xffffffff));
    },
    2,
    { calls: ['keyboardInteractive'], server: { hooks: questions } },
  ],
  [
    'W28 more answers than questions, and fewer',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [ask('alice'), answer('1', '2'), ask('alice'), answer()]);
      expect(kinds(peer).slice(-4)).toEqual([60, 51, 60, 51]);
    },
    undefined,
    { calls: asked, server: { hooks: questions } },
  ],
  [
    'W28 a second answer to one question',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [ask('alice'), answer('1')]);
      peer.send(answer('2'));
    },
    2,
    { calls: ['keyboardInteractive'], server: { hooks: questions } },
  ],
  [
    'W28 an answer after another request has ended the dialogue',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [ask('alice'), password('alice', 'wrong')]);
      peer.send(answer('1'));
    },
    2,
    { calls: asked, server: { hooks: questions } },
  ],
  [
    'W32 a password of 30,000 bytes is refused before the hook',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [password('alice', 'x'.repeat(30_000)), password('alice', 'é'.repeat(600))]);
      expect(kinds(peer).slice(-2)).toEqual([51, 51]);
    },
    undefined,
  ],
  [
    'W32 a user of 30,000 bytes is refused before the hooks',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [password('u'.repeat(30_000), 'right')]);
      expect(kinds(peer).at(-1)).toBe(51);
    },
    undefined,
  ],
  ...['a\0b', 'a\nb', '../a', '\x1b]0;x\x07', '\u202ea'].map((user): Case => [
    `W32 a user called ${JSON.stringify(user)}`,
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [password(user, 'wrong')]);
      expect(kinds(peer).at(-1)).toBe(51);
    },
    undefined,
    { calls: asked },
  ]),
  [
    'W32 a new password that nobody asked for is refused before the hook',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [concat(from('alice', 'password'), [1], str('right'), str('new'))]);
      expect(kinds(peer).at(-1)).toBe(51);
    },
    undefined,
  ],
  [
    'W32 fields behind a password, and a change without a new one',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [
        concat(password('guest', 'right'), [0]),
        concat(from('guest', 'password'), [1], str('right')),
        from('guest', 'password'),
      ]);
      expect(kinds(peer).slice(-3)).toEqual([51, 51, 51]);
    },
    undefined,
  ],
  [
    'a request to change a password is for the method password alone',
    async (peer) => {
      await peer.requestService();
      await inTurn(peer, [ask('alice')]);
      expect(kinds(peer).at(-1)).toBe(51);
    },
    undefined,
    { calls: asked, server: { hooks: { keyboardInteractive: () => changeRequired('New: ') as never } } },
  ],
  [
    'hostbased whose signature is missing, empty or another key’s',
    async (peer) => {
      await peer.requestService();
      const fields = concat(from('alice', 'hostbased'), str('ssh-ed25519'), str(blob(1)), str('host.'), str('alice'));
      await inTurn(peer, [
        fields,
        concat(fields, str('')),
        concat(fields, str(concat(str('ssh-ed25519'), str(bytes('x'))))),
      ]);
      expect(kinds(peer).slice(-3)).toEqual([51, 51, 51]);
    },
    undefined,
    { calls: ['hostbased', 'hostbased', 'hostbased'], server: { hooks: { hostbased: () => accept } } },
  ],
];
