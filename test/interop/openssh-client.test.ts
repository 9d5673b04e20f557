/** OpenSSH's client against our server: ways to log in, sessions, rekeys, keepalive, multiplexing. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatPublicKey } from '@nacre/core';
import { ManualClock } from '@nacre/core/testing';
import { testKey, writeKey } from './keys.js';
import { askpass, openssh, TARGET } from './openssh.js';
import { startOurServer } from './our-server.js';
import { isMissing } from './processes.js';

const MIB = 2 ** 20;
const it = test.skipIf(isMissing('ssh'));

describe('logging in', () => {
  it('none', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const { code, stdout } = await ssh(['-o', 'BatchMode=yes', TARGET, 'echo in']).finished;
    expect([code, stdout.toString()]).toEqual([0, 'in\n']);
  });

  it.each([
    ['demo', 0],
    ['wrong', 255],
  ])('the password "%s" ends with status %d', async (password, status) => {
    const { ssh, folder } = await openssh(onTestFinished, await startOurServer(onTestFinished), 'demo');
    const words = ['-o', 'PreferredAuthentications=password', TARGET, 'echo in'];
    const { code, stdout } = await ssh(words, await askpass(folder, { password })).finished;
    expect([code, stdout.toString()]).toEqual([status, status === 0 ? 'in\n' : '']);
  });

  it('keyboard-interactive, two questions', async () => {
    const { ssh, folder } = await openssh(onTestFinished, await startOurServer(onTestFinished), 'otp');
    const words = ['-o', 'PreferredAuthentications=keyboard-interactive', TARGET, 'echo in'];
    const { code, stdout } = await ssh(words, await askpass(folder, { Password: 'demo', Token: '123456' })).finished;
    expect([code, stdout.toString()]).toEqual([0, 'in\n']);
  });

  it('a key that is not authorized is refused', async () => {
    const server = await startOurServer(onTestFinished);
    const { ssh, folder } = await openssh(onTestFinished, server, 'keys');
    const key = await writeKey(folder, 'user', await testKey('ssh-ed25519'));
    const { code, stderr } = await ssh(['-i', key, '-o', 'BatchMode=yes', TARGET, 'echo in']).finished;
    expect([code, stderr]).toEqual([255, expect.stringContaining('Permission denied')]);
  });

  it('a key and then a password, where both are asked for', async () => {
    const key = await testKey('ssh-ed25519');
    const server = await startOurServer(onTestFinished, { authorizedKeys: formatPublicKey(key.public) });
    const { ssh, folder } = await openssh(onTestFinished, server, 'both');
    const words = ['-v', '-i', await writeKey(folder, 'user', key), TARGET, 'echo in'];
    const { code, stdout, stderr } = await ssh(words, await askpass(folder, { password: 'demo' })).finished;
    expect([code, stdout.toString()]).toEqual([0, 'in\n']);
    expect(stderr).toContain('Authenticated using "publickey" with partial success');
  });
});

describe('sessions', () => {
  it('a command: both outputs and its status', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const { code, stdout, stderr } = await ssh([TARGET, 'both 5']).finished;
    expect([code, stdout.toString(), stderr]).toEqual([5, 'to stdout\n', 'to stderr\n']);
  });

  it('the end of input reaches the command, which answers behind it', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const input = randomBytes(3 * MIB);
    const { code, stdout } = await ssh([TARGET, 'sink'], { input }).finished;
    const digest = createHash('sha256').update(input).digest('hex');
    expect([code, stdout.toString()]).toEqual([0, `${input.length} ${digest}\n`]);
  });

  it('RFC 4254 §6.10: exit-signal', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const { code, stderr } = await ssh(['-v', TARGET, 'die']).finished;
    expect([code, stderr]).toEqual([255, expect.stringContaining('rtype exit-signal')]);
  });

  it('RFC 4254 §6.4: environment variables', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const { stdout } = await ssh(['-o', 'SetEnv=COLOUR=mother-of-pearl', TARGET, 'env COLOUR']).finished;
    expect(stdout.toString()).toBe('COLOUR=mother-of-pearl\n');
  });

  it('RFC 4254 §6.5: a subsystem, and one that there is not', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const there = await ssh(['-s', TARGET, 'copy'], { input: 'through' }).finished;
    expect([there.code, there.stdout.toString()]).toEqual([0, 'through']);
    expect((await ssh(['-s', TARGET, 'none']).finished).code).toBe(1);
  });

  it('one connection carries many sessions at a time', async () => {
    const server = await startOurServer(onTestFinished);
    const { ssh, folder } = await openssh(onTestFinished, server);
    const control = ['-S', join(folder, 'control')];
    const master = ssh(['-M', ...control, TARGET, 'wait']);
    await master.printed(/waiting/);
    const replies = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (number) => (await ssh([...control, TARGET, `echo ${number}`]).finished).stdout),
    );
    expect(replies.map(String)).toEqual(['1\n', '2\n', '3\n', '4\n', '5\n', '6\n']);
    master.child.stdin.end();
    expect((await master.finished).code).toBe(0);
    expect(server.connections.length).toBe(1);
  });

  it.each([
    ['to us', ['-W', '127.0.0.1:1', TARGET], 'forwarding is not allowed'],
    ['from us', ['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1', TARGET, 'echo in'], 'forwarding failed'],
  ])('RFC 4254 §7: forwarding %s is refused', async (_, words, message) => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const { code, stderr } = await ssh(words).finished;
    expect([code, stderr]).toEqual([255, expect.stringContaining(message)]);
  });

  it('RFC 4253 §4.2: an identification of the operator’s own', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished, { software: 'Shell_1' }));
    expect((await ssh(['-v', TARGET, 'echo in']).finished).stderr).toContain('remote software version Shell_1');
  });

  it('keepalive requests are answered', async () => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished));
    const running = ssh(['-vvv', '-o', 'ServerAliveInterval=1', '-o', 'ServerAliveCountMax=60', TARGET, 'wait']);
    await running.printed(/receive packet: type 8[12]/, 2);
    running.child.stdin.end();
    expect((await running.finished).code).toBe(0);
  });
});

describe('rekeys while data flows both ways', () => {
  it.each([
    ['by the client', ['-o', 'RekeyLimit=1M'], {}, 8],
    ['by the server', [], { rekey: { bytes: MIB } }, 8],
    ['by both', ['-o', 'RekeyLimit=1M'], { rekey: { bytes: MIB } }, 8],
    // Of 32 KiB each, and what is on its way while keys change is under the old ones.
    ['by the server, which counts packets', [], { rekey: { packets: 64 } }, 2],
  ])('%s', async (_, words, options, least) => {
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished, options));
    const input = randomBytes(16 * MIB);
    const { code, stdout, stderr } = await ssh(['-v', ...words, TARGET, 'cat'], { input }).finished;
    expect(code).toBe(0);
    expect(stdout.equals(input)).toBe(true);
    expect(stderr.match(/SSH2_MSG_NEWKEYS received/g)?.length).toBeGreaterThan(least);
  });

  it('by the server, whose keys are an hour old', async () => {
    const clock = new ManualClock();
    const { ssh } = await openssh(onTestFinished, await startOurServer(onTestFinished, { clock }));
    const running = ssh(['-v', TARGET, 'cat']);
    running.child.stdin.write('pearl ');
    await running.printed(/pearl /);
    clock.advance(3_600_000);
    await running.printed(/SSH2_MSG_NEWKEYS received/, 2);
    running.child.stdin.end('after');
    const { code, stdout } = await running.finished;
    expect([code, stdout.toString()]).toEqual([0, 'pearl after']);
  });
});
