/** RFC 8308: which extensions are sent and accepted, and how often. */
import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.js';
import { localExtensions, RemoteExtensions } from './ext-info.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a server names its signature algorithms, and that it answers pings', () => {
  const heard = new RemoteExtensions();
  heard.expect('server');
  heard.receive(localExtensions('server', ['ssh-ed25519', 'rsa-sha2-512']));
  expect(heard.signatureAlgorithms).toEqual(['ssh-ed25519', 'rsa-sha2-512']);
  expect(heard.answersPings).toBe(true);
});

test('a client takes a second message during authentication, and says so: once', () => {
  const heard = new RemoteExtensions();
  heard.expect('client');
  const said = localExtensions('client', []);
  expect(said).toEqual([{ extensionName: 'ext-info-in-auth@openssh.com', extensionValue: bytes('0') }]);
  heard.receive(said);
  expect(() => heard.receive([])).toThrow(ProtocolError);
});

test('§2.4: a server may speak twice; what the second message does not name stays', () => {
  const heard = new RemoteExtensions();
  heard.expect('server');
  heard.receive(localExtensions('server', ['ssh-ed25519']));
  heard.receive([{ extensionName: 'server-sig-algs', extensionValue: bytes('rsa-sha2-256') }]);
  expect(heard.signatureAlgorithms).toEqual(['rsa-sha2-256']);
  expect(heard.answersPings).toBe(true);
  expect(() => heard.receive([])).toThrow(ProtocolError);
});

test('nothing may be said before the first keys, and pings of another version are not meant', () => {
  const heard = new RemoteExtensions();
  expect(() => heard.receive([])).toThrow(ProtocolError);
  heard.expect('server');
  heard.receive([{ extensionName: 'ping@openssh.com', extensionValue: bytes('1') }]);
  expect([heard.answersPings, heard.signatureAlgorithms]).toEqual([false, undefined]);
});

test('nothing is kept of what nobody asks about, however large', () => {
  const heard = new RemoteExtensions();
  heard.expect('client');
  heard.receive([
    { extensionName: 'made-up@example.com', extensionValue: new Uint8Array(30_000) },
    { extensionName: 'ping@openssh.com', extensionValue: bytes('0') },
  ]);
  expect(heard.state()).toEqual([{ extensionName: 'ping@openssh.com', extensionValue: bytes('0') }]);
});
