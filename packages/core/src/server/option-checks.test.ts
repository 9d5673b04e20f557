/** Requirements on a server's options: each fault is reported in one sentence, at once. */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { createServer } from './create-server.js';
import type { ServerOptions } from './options.js';
import { accept } from './verdict.js';

describe('bad configuration fails at once, in one sentence', () => {
  test.each([
    [{ hooks: { authorised: () => accept } }, 'there is no "authorised" in hooks; there are start, connection,'],
    [{ hooks: { start: 'now' } }, 'the hook "start" must be a function, not string'],
    [{ hooks: null }, 'the option "hooks" must be object, not null'],
    [{ policy: { rootlogin: true } }, 'there is no "rootlogin" in policy; there are rootLogin, rootPassword,'],
    [{ policy: { rootLogin: 'yes' } }, 'policy.rootLogin must be false or true, not yes'],
    [{ policy: { localForwarding: true } }, 'policy.localForwarding must be false or "if-hooked", not true'],
    [{ session: 'shell' }, 'the option "session" must be function or object, not string'],
    [{ motd: 7 }, 'the option "motd" must be string or function, not number'],
    [{ banner: 'ä'.repeat(4097) }, 'the option "banner" may have 8192 bytes of UTF-8, not 8194'],
    [{ passwords: () => true }, 'the option "passwords" must be object, not function'],
    [{ timeouts: { hook: -1 } }, 'timeouts.hook'],
    [{ limits: { session: 3 } }, 'there is no "session" in limits'],
    [{ limits: { sessions: 'many' } }, 'limits.sessions must be a whole number from 0 to 2147483647, not many'],
    [
      { limits: { userauth: { failures: -1 } } },
      'limits.userauth.failures must be a whole number from 1 to 2147483647, not -1',
    ],
    [{ limits: { penalties: { sauces: 1 } } }, 'there is no "sauces" in limits.penalties'],
    [{ hooks: { passwordHash: () => '$x' } }, 'nothing compares what the hook "passwordHash" gives'],
    [{ allowPrefixTruncation: 'yes' }, 'the option "allowPrefixTruncation" must be boolean, not string'],
    [{ hostKey: [] }, 'there is no "hostKey" in the options of a server; there are hostKeys, hooks,'],
    [undefined, 'createServer takes an object of options, not undefined'],
    [{ hooks: [] }, 'the option "hooks" must be object, not array'],
    [{ hostKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }, 'hostKeys must be private keys'],
    [{ logger: ['syslog'] }, 'a logger must be a function, not string'],
    [{ passwords: {} }, 'the option "passwords" must have the method "verify"'],
    [{ clock: { now: () => 0 } }, 'the option "clock" must have the method "schedule"'],
    [{ limits: { connection: 'small' } }, 'limits.connection must be object, not string'],
    [{ limits: { userauth: null } }, 'limits.userauth must be object, not null'],
    [{ limits: { penalties: { exempt: '10.0.0.0/8' } } }, 'limits.penalties.exempt must be function, not string'],
    [{ limits: { sessions: 1.5 } }, 'limits.sessions must be a whole number'],
    [{ limits: { loginGrace: Infinity } }, 'limits.loginGrace must be a whole number from 1'],
    [{ limits: { unauthenticated: 0 } }, 'limits.unauthenticated must be a whole number from 1'],
    [{ limits: { connection: { budget: 1000 } } }, 'limits.connection.budget must be a whole number from 81920'],
    [{ limits: { connection: { window: 2 ** 31 } } }, 'limits.connection.window must be'],
    [{ limits: { penalties: { crash: -1 } } }, 'limits.penalties.crash must be a whole number from 0'],
    [{ limits: { earlyDrop: { from: 30, rate: 2 } } }, 'limits.earlyDrop.rate must be a number from 0 to 1, not 2'],
    [{ limits: { earlyDrop: { start: 30 } } }, 'there is no "start" in limits.earlyDrop; there are from, rate'],
    [{ limits: { budget: 1e6 } }, 'there is no "budget" in limits'],
    [{ limts: {} }, 'there is no "limts" in the options'],
    [{ session: {} }, 'the option "session" must have the method "open" or "data"'],
    [{ crypto: {} }, 'the option "crypto" must have the method "random" or "hash" or "hmac"'],
    [{ hostKeys: {} }, 'the option "hostKeys" must have the method "load"'],
    [{ keepalive: { intervall: 5 } }, 'there is no "intervall" in keepalive'],
    [{ keepalive: { interval: 0.5 } }, 'keepalive.interval, in ms, must be a whole number from 1 to 86400000, not 0.5'],
    [{ keepalive: { interval: 1, countMax: 101 } }, 'keepalive.countMax must be a whole number from 1 to 100, not 101'],
    [{ rekey: { byte: 2 ** 20 } }, 'there is no "byte" in rekey; there are bytes, packets, milliseconds'],
    [{ rekey: { packets: 1 } }, 'rekey.packets must be a whole number from 64 to 2147483648, not 1'],
    [{ requiredRsaSize: 1024 }, 'requiredRsaSize, in bits, must be a whole number from 2048 to 8192, not 1024'],
    [{ timeouts: { idel: 1000 } }, 'there is no "idel" in timeouts'],
    [{ software: 'two\r\nlines' }, 'software must be printable ASCII'],
    [{ algorithms: { ciphers: '+aes512' } }, 'aes512'],
  ])('%j', (options, message) => {
    expect(() => createServer(options as ServerOptions)).toThrow(ConfigurationError);
    expect(() => createServer(options as ServerOptions)).toThrow(message);
  });
  test.each([0, 1.5, -1, Number.NaN, Infinity, 2 ** 20, '1', null])('a packet of %s bytes', (packet) => {
    const options: object = { limits: { connection: { packet } } };
    const message = `limits.connection.packet must be a whole number from 1 to 261120, not ${packet}`;
    expect(() => createServer(options as ServerOptions)).toThrow(message);
  });
});
