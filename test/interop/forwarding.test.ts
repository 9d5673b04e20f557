/** RFC 4254 §7 with OpenSSH: its client's forwarding through our server, and ours through its server. */
import { randomBytes } from 'node:crypto';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accept, formatPublicKey, type ByteLink, type SessionHandler } from '@nacre/core';
import { permit } from '@nacre/core/forwarding';
import { fromSocket, runProcess } from '@nacre/edge/node';
import { testKey, writeKey, writeKnownHosts } from './keys.js';
import { openssh, TARGET, type Openssh } from './openssh.js';
import { connectTo } from './our-client.js';
import { startOurServer, type OurServerOptions } from './our-server.js';
import { freePort, isMissing, start, temporaryFolder, type Running } from './processes.js';
import { ask, askBySocks, startEcho } from './sockets.js';
import { canRunServers, startSshd, USER } from './stock-servers.js';

const it = test.skipIf(isMissing('ssh'));
const allow = { forward: () => accept };
const local = (port: number): { port: number; host: string } => ({ port, host: '127.0.0.1' });

/** ssh with some forwarding and no command, ready to forward. */
async function forwarding(server: OurServerOptions, words: readonly string[]): Promise<Openssh & { running: Running }> {
  const ours = await startOurServer(onTestFinished, server);
  const client = await openssh(onTestFinished, ours);
  const running = client.ssh(['-v', '-N', '-o', 'ExitOnForwardFailure=yes', ...words, TARGET]);
  await running.printed(words.includes('-R') ? /remote forward success/ : /Entering interactive session/);
  return { ...client, running };
}

describe('of TCP', () => {
  it('-L: connections through our server, with their half-closes', async () => {
    const [echo, port] = [await startEcho(onTestFinished), await freePort()];
    await forwarding(allow, ['-L', `${port}:127.0.0.1:${echo}`]);
    expect((await ask(local(port), 'one')).toString()).toBe('echo one');
    const many = Array.from({ length: 20 }, (_, index) => ask(local(port), String(index)));
    expect((await Promise.all(many)).map(String)).toEqual(many.map((_, index) => `echo ${index}`));
  });

  it('-L: 16 MiB there and back are as they were', async () => {
    const [echo, port] = [await startEcho(onTestFinished), await freePort()];
    await forwarding(allow, ['-L', `${port}:127.0.0.1:${echo}`]);
    const bytes = randomBytes(16 * 2 ** 20);
    const answer = await ask(local(port), bytes);
    expect(answer.subarray(5).equals(bytes)).toBe(true);
  });

  it('-R 0: the port that our server bound is told, and leads back', async () => {
    const echo = await startEcho(onTestFinished);
    const { running } = await forwarding(allow, ['-R', `0:127.0.0.1:${echo}`]);
    const shown = await running.printed(/Allocated port \d+/);
    const port = Number(/Allocated port (\d+)/.exec(shown)?.[1]);
    expect((await ask(local(port), 'back')).toString()).toBe('echo back');
  });

  it('-R: cancelled by ssh -O cancel, the port is free', async () => {
    const [echo, port] = [await startEcho(onTestFinished), await freePort()];
    const control = join(await temporaryFolder(onTestFinished), 'control');
    const spec = `${port}:127.0.0.1:${echo}`;
    const { ssh } = await forwarding(allow, ['-M', '-S', control, '-R', spec]);
    expect((await ask(local(port), 'x')).toString()).toBe('echo x');
    expect((await ssh(['-S', control, '-O', 'cancel', '-R', spec, TARGET]).finished).code).toBe(0);
    // ssh has only sent it: our server may still be listening, and end a connection that it has accepted.
    const outcome = (): Promise<string> => ask(local(port), 'x').then(String, ({ message }: Error) => message);
    await expect.poll(outcome).toContain('ECONNREFUSED');
  });

  it('-D: 200 connections at once', async () => {
    const [echo, port] = [await startEcho(onTestFinished), await freePort()];
    const connection = { channels: 256, window: 2 ** 18 };
    await forwarding({ ...allow, limits: { connection } }, ['-D', String(port)]);
    const many = Array.from({ length: 200 }, (_, index) => askBySocks(port, echo, String(index)));
    expect(await Promise.all(many)).toEqual(many.map((_, index) => `echo ${index}`));
  });

  it('-W: standard input and output become a connection', async () => {
    const echo = await startEcho(onTestFinished);
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished, allow));
    const { code, stdout } = await ssh(['-W', `127.0.0.1:${echo}`, TARGET], { input: 'through' }).finished;
    expect([code, stdout.toString()]).toEqual([0, 'echo through']);
  });

  it('rules: what they do not name is administratively prohibited', async () => {
    const echo = await startEcho(onTestFinished);
    const forward = permit({ open: [`127.0.0.1:${echo}`, '*:*'] }, accept);
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished, { forward }));
    const allowed = await ssh(['-W', `127.0.0.1:${echo}`, TARGET], { input: 'x' }).finished;
    expect(allowed.stdout.toString()).toBe('echo x');
    const refused = await ssh(['-W', `localhost:${echo}`, TARGET], { input: 'x' }).finished;
    expect(refused.stderr).toContain('open failed: administratively prohibited');
  });

  it('a key with permitopen: the hook cannot bring back what it takes', async () => {
    const [echo, other, key] = [
      await startEcho(onTestFinished),
      await startEcho(onTestFinished),
      await testKey('ssh-ed25519'),
    ];
    const authorizedKeys = `restrict,port-forwarding,permitopen="127.0.0.1:${echo}" ${formatPublicKey(key.public)}`;
    const server = await startOurServer(onTestFinished, { ...allow, authorizedKeys });
    const { ssh, folder } = await openssh(onTestFinished, server, 'keys');
    const words = ['-i', await writeKey(folder, 'user', key)];
    const allowed = await ssh([...words, '-W', `127.0.0.1:${echo}`, TARGET], { input: 'x' }).finished;
    expect(allowed.stdout.toString()).toBe('echo x');
    const refused = await ssh([...words, '-W', `127.0.0.1:${other}`, TARGET], { input: 'x' }).finished;
    expect(refused.stderr).toContain('administratively prohibited');
  });

  it('a target that is not there: connect failed', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished, allow));
    const { stderr } = await ssh(['-W', `127.0.0.1:${await freePort()}`, TARGET], { input: 'x' }).finished;
    expect(stderr).toContain('open failed: connect failed');
  });

  test.skipIf(!canRunServers || isMissing('ssh', 'sshd'))('-J: through our server to sshd', async () => {
    const sshd = await startSshd(onTestFinished);
    const ours = await startOurServer(onTestFinished, allow);
    const folder = await temporaryFolder(onTestFinished);
    const key = await writeKey(folder, 'user', await testKey('ssh-ed25519'));
    const known = [
      await writeKnownHosts(folder, sshd.port, sshd.hostKeys),
      await writeKnownHosts(folder, ours.port, ours.hostKeys),
    ];
    const own = [`UserKnownHostsFile ${known.join(' ')}`, 'GlobalKnownHostsFile none', 'StrictHostKeyChecking yes'];
    const common = [...own, `IdentityFile ${key}`, 'IdentityAgent none', ''].join('\n');
    const host = (name: string, port: number, user: string): string =>
      `Host ${name}\nHostName ${TARGET}\nPort ${port}\nUser ${user}\n`;
    const config = join(folder, 'config');
    await writeFile(config, `${common}${host('ours', ours.port, 'guest')}${host('behind', sshd.port, USER)}`);
    const words = ['-F', config, '-J', 'ours', 'behind', 'id -un'];
    const { code, stdout } = await start(onTestFinished, 'ssh', words).finished;
    expect([code, stdout.toString()]).toEqual([0, `${USER}\n`]);
  });
});

describe('of Unix sockets', () => {
  it('-L and -R, both ways; what our server makes is its owner’s alone', async () => {
    const folder = await temporaryFolder(onTestFinished);
    const path = (name: string): string => join(folder, name);
    await startEcho(onTestFinished, { path: path('echo') });
    const words = ['-L', `${path('near')}:${path('echo')}`, '-R', `${path('far')}:${path('echo')}`];
    await forwarding(allow, words);
    expect((await ask({ path: path('near') }, 'there')).toString()).toBe('echo there');
    expect((await ask({ path: path('far') }, 'back')).toString()).toBe('echo back');
    expect((await stat(path('far'))).mode & 0o777).toBe(0o600);
  });
});

const shell: SessionHandler = (session) => {
  const { request } = session;
  return runProcess(session, '/bin/sh', request.type === 'exec' ? ['-c', request.command] : []);
};

describe('of what the client’s machine has', () => {
  test.skipIf(isMissing('ssh', 'ssh-agent', 'ssh-add'))(
    '-A: ssh-add -l inside lists the keys of the agent',
    async () => {
      const server = await startOurServer(onTestFinished, { ...allow, session: shell });
      const { words, folder } = await openssh(onTestFinished, server);
      const socket = join(folder, 'agent');
      const agent = start(onTestFinished, 'ssh-agent', ['-D', '-a', socket]);
      await agent.printed(/SSH_AUTH_SOCK/);
      const key = await writeKey(folder, 'user', await testKey('ssh-ed25519'));
      const env = { SSH_AUTH_SOCK: socket };
      expect((await start(onTestFinished, 'ssh-add', [key], { env }).finished).code).toBe(0);
      const own = words.map((word) => word.replace('IdentityAgent=none', 'IdentityAgent=SSH_AUTH_SOCK'));
      const ssh = (...more: string[]): Running => start(onTestFinished, 'ssh', [...own, ...more], { env });
      const inside = await ssh('-A', TARGET, 'ssh-add -l; ssh-add -l >&2').finished;
      expect(inside.stdout.toString()).toMatch(/SHA256:.*ED25519/);
      expect(inside.stderr).toMatch(/SHA256:.*ED25519/);
      const without = await ssh(TARGET, 'ssh-add -l').finished;
      expect(without.stderr + without.stdout.toString()).toContain('Could not open a connection');
    },
  );
});

describe('of our client at sshd', () => {
  const atSshd = test.skipIf(!canRunServers || isMissing('sshd', 'ssh-agent', 'ssh-add'));

  atSshd('openTcp and listen, with their half-closes', async () => {
    const sshd = await startSshd(onTestFinished, ['AllowTcpForwarding yes', 'AllowStreamLocalForwarding yes']);
    const echo = await startEcho(onTestFinished);
    const client = await connectTo(onTestFinished, sshd, {
      user: USER,
      credentials: [{ method: 'publickey', key: await testKey('ssh-ed25519') }],
    });
    const stream = await client.openTcp('127.0.0.1', echo);
    await stream.write(Buffer.from('question'));
    stream.end();
    const answer: Uint8Array[] = [];
    for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) answer.push(chunk);
    expect(Buffer.concat(answer).toString()).toBe('echo question');

    const listener = await client.listen({ port: 0 });
    expect(listener.port).toBeGreaterThan(0);
    const asked = ask(local(listener.port), 'in');
    const { value } = await listener[Symbol.asyncIterator]().next();
    expect(Buffer.from((await value!.read())!).toString()).toBe('in');
    await value!.write(Buffer.from('out'));
    value!.end();
    expect((await asked).toString()).toBe('out');
    await listener.close();
    await expect(ask(local(listener.port), 'x')).rejects.toThrow('ECONNREFUSED');
  });

  atSshd('openUnix and listenUnix', async () => {
    const sshd = await startSshd(onTestFinished, ['AllowStreamLocalForwarding yes']);
    const folder = await temporaryFolder(onTestFinished);
    await chmod(folder, 0o777);
    await startEcho(onTestFinished, { path: join(folder, 'echo'), writableAll: true });
    const client = await connectTo(onTestFinished, sshd, {
      user: USER,
      credentials: [{ method: 'publickey', key: await testKey('ssh-ed25519') }],
    });
    const stream = await client.openUnix(join(folder, 'echo'));
    await stream.write(Buffer.from('x'));
    stream.end();
    expect(Buffer.from((await stream.read())!).toString()).toBe('echo x');
    const listener = await client.listenUnix(join(folder, 'far'));
    const asked = ask({ path: join(folder, 'far') }, 'in');
    const { value } = await listener[Symbol.asyncIterator]().next();
    expect(Buffer.from((await value!.read())!).toString()).toBe('in');
    value!.close();
    await asked;
    await listener.close();
  });

  atSshd('what sshd refuses is a typed error', async () => {
    const sshd = await startSshd(onTestFinished, ['AllowTcpForwarding no']);
    const client = await connectTo(onTestFinished, sshd, {
      user: USER,
      credentials: [{ method: 'publickey', key: await testKey('ssh-ed25519') }],
    });
    await expect(client.openTcp('127.0.0.1', 1)).rejects.toMatchObject({ name: 'ChannelOpenError', code: 1 });
    await expect(client.listen({ port: 0 })).rejects.toMatchObject({ name: 'ChannelRequestError' });
  });

  atSshd('ssh -A of ours: ssh-add at sshd lists the keys of an agent here', async () => {
    const sshd = await startSshd(onTestFinished, ['AllowAgentForwarding yes']);
    const folder = await temporaryFolder(onTestFinished);
    const socket = join(folder, 'agent');
    await start(onTestFinished, 'ssh-agent', ['-D', '-a', socket]).printed(/SSH_AUTH_SOCK/);
    const key = await testKey('ssh-ed25519');
    const env = { SSH_AUTH_SOCK: socket };
    await start(onTestFinished, 'ssh-add', [await writeKey(folder, 'user', key)], { env }).finished;
    const client = await connectTo(onTestFinished, sshd, { user: USER, credentials: [{ method: 'publickey', key }] });
    const agent = (): ByteLink => fromSocket(connect({ path: socket, allowHalfOpen: true }));
    const { stdout } = await client.exec('ssh-add -l', { agent });
    expect(Buffer.from(stdout).toString()).toMatch(/SHA256:.*ED25519/);
  });
});
