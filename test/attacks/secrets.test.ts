/** Group T: with logging at its most verbose, no password, key, token or keystroke appears in any output. */
import {
  accept,
  acceptAnyHostKey,
  changeRequired,
  compose,
  connect,
  createServer,
  formatMetrics,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  jsonLog,
  journalLog,
  parsePrivateKey,
  passwordWithChange,
  trace,
  type Client,
  type ConnectOptions,
  type Hooks,
  type LogRecord,
  type ServerOptions,
  type Session,
} from '@nacre/core';
import { accessControl, logging, rateLimit } from '@nacre/core/middleware';
import { formatTimeline, memoryLinks } from '@nacre/core/testing';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { formsOf, Said, watchedCrypto } from './canaries.js';
import { concat, readStrings, str, uint32 } from './bytes.js';
import { RawPeer } from './raw-peer.js';
import { settle, subject } from './subject.js';

const utf8 = new TextEncoder();
const canary = (name: string): Uint8Array => utf8.encode(`canary-${name}-"+/\u00e9`);
const text = (name: string): string => new TextDecoder().decode(canary(name));

const hostKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });
const userKey = await generateKey('ssh-ed25519', { crypto: nodeCrypto });

/** The seed of an Ed25519 key, from its file: `string seed ‖ public key`. */
function seedOf(key: typeof hostKey): Uint8Array {
  const file = formatPrivateKey(key).replaceAll(/-----.*-----|\s/g, '');
  const bytes = Buffer.from(file, 'base64');
  const at = bytes.lastIndexOf(Buffer.concat([Buffer.from([0, 0, 0, 0x40])]));
  return bytes.subarray(at + 4, at + 36);
}

const secrets = new Map<string, Uint8Array>([
  ['password', canary('password')],
  ['new password', canary('new-password')],
  ['wrong password', canary('wrong')],
  ['token', canary('token')],
  ['keystrokes', canary('keystrokes')],
  ['command', canary('command')],
  ['variable', canary('variable')],
  ['host key', seedOf(hostKey)],
  ['user key', seedOf(userKey)],
]);
const watched = watchedCrypto();
const said = new Said();
let log: LogRecord[];
beforeEach(() => {
  log = [];
});

/** A server that logs everything that it can. */
function loud(options: ServerOptions = {}): ReturnType<typeof createServer> {
  const hooks: Hooks = {
    ...options.hooks,
    message: trace('messages'),
    log: (record) => {
      log.push(record);
      said.add(record);
    },
  };
  const session = async (it: Session): Promise<number> => {
    for (let chunk = await it.read(); chunk !== undefined; chunk = await it.read()) void chunk;
    return 0;
  };
  const layers = [
    logging(),
    rateLimit({ sessions: 100, per: 1000 }),
    accessControl({ shell: true, commands: () => true }),
  ];
  return createServer({
    hostKeys: [hostKey],
    crypto: watched.crypto,
    session: compose(...layers, session),
    ...options,
    hooks,
    logger: [jsonLog((line) => said.add(line), { priority: 7 }), journalLog((line) => said.add(line), { priority: 7 })],
  });
}

async function visit(server: ReturnType<typeof createServer>, options: Partial<ConnectOptions>): Promise<Client> {
  const [near, far] = memoryLinks();
  void server.accept(far);
  return connect(near, {
    user: 'anna',
    verifyHostKey: acceptAnyHostKey((warning) => said.add(warning)),
    crypto: watched.crypto,
    credentials: [],
    ...options,
  });
}

/** The outcome, and everything that the server can tell afterwards. */
async function outcome(server: ReturnType<typeof createServer>, work: Promise<unknown>): Promise<void> {
  await work.then(
    (result) => said.add(result instanceof Object ? inspectable(result) : result),
    (error: unknown) => said.add(error),
  );
  said.add(formatMetrics(server.stats));
  said.add(formatTimeline(log.map((record) => ({ at: 0, ...record }))));
  said.add(server.connections.map((connection) => inspectable(connection)));
  said.add(inspectable(server));
  await server.close();
}

/** What a debugger or a careless `console.log` shows. */
const inspectable = (value: object): object => ({ value });

afterAll(() => {
  expect(said.length).toBeGreaterThan(200);
  expect(watched.keys.length).toBeGreaterThan(20);
  const keys = watched.keys.map((key, index) => [`session key ${index}`, key] as const);
  expect(said.leaks(new Map([...secrets, ...keys]))).toEqual([]);
});

const passwords: Hooks = {
  password: (_attempt, password) => (password === text('password') ? accept : undefined),
};

test('a login by password, right and wrong', async () => {
  const right = loud({ hooks: passwords });
  await outcome(right, visit(right, { credentials: [{ method: 'password', password: text('password') }] }));
  const wrong = loud({ hooks: passwords });
  await outcome(wrong, visit(wrong, { credentials: [{ method: 'password', password: text('wrong') }] }));
});

test('a password that is changed', async () => {
  const server = loud({
    hooks: {
      password: (_attempt, _password, _hash, changed) => (changed === undefined ? changeRequired('New:') : accept),
    },
  });
  const change = (): string => text('new-password');
  await outcome(server, visit(server, { credentials: [passwordWithChange(text('password'), change)] }));
});

test('a password in the place of the user name, and one of 30,000 bytes', async () => {
  const under = await subject({ hooks: { ...passwords, message: trace('messages') } });
  const peer = await new RawPeer(under.server).requestService();
  await peer.ask(51, [50], str('guest'), str('ssh-connection'), str('password'), [0], str(text('wrong').repeat(1000)));
  peer.close();
  await settle();
  said.add(under.log);
});

test('questions and answers', async () => {
  const server = loud({
    hooks: {
      keyboardInteractive: async (_attempt, ask) => {
        const [token] = await ask({ prompts: [{ prompt: 'Token:', echo: false }] });
        return token === text('token') ? accept : undefined;
      },
    },
  });
  await outcome(
    server,
    visit(server, { credentials: [{ method: 'keyboard-interactive', answer: () => [text('token')] }] }),
  );
});

test('a login by key, and key files that cannot be read', async () => {
  const server = loud({ hooks: { authorizedKeys: () => formatPublicKey(userKey.public) } });
  await outcome(server, visit(server, { credentials: [{ method: 'publickey', key: userKey }] }));
  const file = formatPrivateKey(userKey);
  for (const broken of [file.slice(0, -60), file.replace('OPENSSH', 'ODDSSH'), file.replaceAll('A', 'B')]) {
    try {
      said.add(inspectable(parsePrivateKey(broken)));
    } catch (error) {
      said.add(error);
    }
  }
  said.add(inspectable(userKey));
});

test('commands, variables and keystrokes', async () => {
  const server = loud({ hooks: { none: () => accept } });
  const client = await visit(server, { credentials: [{ method: 'none' }] });
  await client.exec(`mysql -p${text('command')}`, { stdin: text('keystrokes'), env: { SECRET: text('variable') } });
  const shell = await client.shell();
  await shell.write(text('keystrokes'));
  shell.end();
  await shell.exited;
  said.add(inspectable(client));
  await outcome(server, Promise.resolve());
});

test('rekeys, and packets that are forged', async () => {
  const under = await subject({ crypto: watched.crypto, hooks: { message: trace('messages') } });
  const peer = await new RawPeer(under.server).echo();
  await peer.rekey();
  await peer.echoes(text('keystrokes'));
  const packet = peer.seal(concat([94], uint32(0), str(canary('keystrokes'))));
  packet[packet.length - 1]! ^= 1;
  peer.raw(packet);
  await peer.until(() => peer.end === 5, 'the end').catch(() => undefined);
  peer.close();
  await settle();
  said.add(under.log);
});

test('what fails inside is not told to the peer: no path, no stack, no name of a user', async () => {
  const inside = new Error('/srv/secret/place: no such user canary-inside-text');
  const fails = (): never => {
    throw inside;
  };
  const under = await subject({
    hooks: { password: fails, command: fails, message: trace('messages') },
    session: fails,
  });
  const peer = await new RawPeer(under.server).requestService();
  await peer.ask(51, [50], str('guest'), str('ssh-connection'), str('password'), [0], str('x'));
  await peer.login();
  await peer.ask(91, [90], str('session'), uint32(0), uint32(2 ** 21), uint32(2 ** 15));
  await peer.ask(100, [98], uint32(0), str('exec'), [1], str('x'));
  peer.send([94], uint32(7), str('x'));
  await peer.until(() => peer.end !== undefined, 'the end').catch(() => undefined);
  const told = peer.received.map((payload) => Buffer.from(payload).toString('latin1')).join('\n');
  for (const piece of ['/srv', 'secret', 'no such user', 'canary', '.ts', 'at ', 'Error'])
    expect(told).not.toContain(piece);
  const last = peer.received.findLast((payload) => payload[0] === 1);
  expect(readStrings(last!, 1, 5)[0]!.length).toBeLessThanOrEqual(256);
  peer.close();
  await settle();
});

test('a canary is found in every form, so that none is missed', () => {
  const secret = canary('password');
  const buffer = Buffer.from(secret);
  const leaks: readonly unknown[] = [
    text('password'),
    buffer.toString('hex'),
    buffer.toString('base64'),
    Buffer.concat([Buffer.from('x'), buffer, Buffer.from('yz')]).toString('base64url'),
    encodeURIComponent(text('password')),
    { fields: { error: `wrong: ${text('password')}` } },
    new Error('outer', { cause: new Error(text('password')) }),
    secret,
    [...secret],
  ];
  for (const leak of leaks) {
    const heard = new Said();
    heard.add(leak);
    expect(heard.leaks(new Map([['password', secret]]))).toEqual(['password']);
  }
  expect(() => formsOf(new Uint8Array(7))).toThrow();
});
