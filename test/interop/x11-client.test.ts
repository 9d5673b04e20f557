/** RFC 4254 §6.3: our client lends its X server to a program behind OpenSSH's sshd, where xauth is given another cookie. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fromSocket } from '@nacre/edge/node';
import { testKey } from './keys.js';
import { connectTo } from './our-client.js';
import { isMissing } from './processes.js';
import { canRunServers, startSshd, USER } from './stock-servers.js';

const it = test.skipIf(!canRunServers || isMissing('sshd', 'xauth'));
const OWN = 'ab'.repeat(16);
/** X's connection setup with the cookie of the display; prints it, and what the X server says. */
const PROGRAM = `/usr/bin/python3 -c '
import os, re, socket, struct, subprocess
cookie = re.search(r"MIT-MAGIC-COOKIE-1\\s+(\\w+)", subprocess.check_output(["xauth", "list", os.environ["DISPLAY"]]).decode())[1]
display = int(re.search(r":(\\d+)", os.environ["DISPLAY"])[1])
x = socket.create_connection(("127.0.0.1", 6000 + display))
name = b"MIT-MAGIC-COOKIE-1"
x.sendall(struct.pack("<BxHHHHxx", 0x6c, 11, 0, len(name), 16) + name + bytes(2) + bytes.fromhex(cookie))
print(cookie, x.recv(100).decode(), end="")
'`;

it('a program at sshd reaches it', async () => {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      heard.push(data);
      socket.end('hello from X');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const sshd = await startSshd(onTestFinished, ['X11Forwarding yes', 'X11UseLocalhost yes']);
  const key = await testKey('ssh-ed25519');
  const client = await connectTo(onTestFinished, sshd, { user: USER, credentials: [{ method: 'publickey', key }] });
  const display = {
    open: () => fromSocket(connect({ port, host: '127.0.0.1', allowHalfOpen: true })),
    authenticationCookie: OWN,
  };
  const { stdout } = await client.exec(PROGRAM, { display });
  const [told, said] = Buffer.from(stdout).toString().split(/ (.*)/);
  expect(said).toBe('hello from X');
  expect(told).toMatch(/^[0-9a-f]{32}$/);
  expect(told).not.toBe(OWN);
  expect(Buffer.concat(heard).toString('hex')).toContain(OWN);
});
