/** Debian's paramiko in both roles: two small Python programs, each of which serves a whole run. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPublicKey, type PrivateKey } from '@nacre/core';
import { KEY_TYPES, testKey, writeKey } from '../keys.js';
import { start, temporaryFolder, type Cleanup, type Running } from '../processes.js';

/** Debian's own: another Python on PATH lacks its packages. */
const PYTHON = '/usr/bin/python3';

export const isParamikoMissing: boolean =
  !existsSync(PYTHON) || spawnSync(PYTHON, ['-c', 'import paramiko']).status !== 0;

const COMMON = `
import base64, json, socket, sys, threading, paramiko

def key(path):
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind(filename=path)
        except (paramiko.SSHException, ValueError):
            pass
    raise ValueError(path)
`;

/** Lines of JSON in, {id, port, key, host, data}; lines of JSON out, {id} or {id, error}. */
const CLIENT = `${COMMON}
def copy(channel, sent):
    channel.exec_command('cat')
    def write():
        channel.sendall(sent)
        channel.shutdown_write()
    threading.Thread(target=write).start()
    got = bytearray()
    while chunk := channel.recv(65536):
        got += chunk
    if bytes(got) != sent:
        raise ValueError('%d bytes came back of %d' % (len(got), len(sent)))
    if channel.recv_exit_status() != 0:
        raise ValueError('exit status')

def work(task):
    transport = paramiko.Transport(socket.create_connection(('127.0.0.1', task['port'])))
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = 120
    try:
        transport.start_client(timeout=120)
        if task['host'] != transport.get_remote_server_key().get_base64():
            raise ValueError('another host key')
        transport.auth_publickey('keys', key(task['key']))
        copy(transport.open_session(), base64.b64decode(task['data']))
        return {'id': task['id']}
    except Exception as error:
        return {'id': task['id'], 'error': repr(error)}
    finally:
        transport.close()

lock = threading.Lock()
def answer(task):
    result = work(task)
    with lock:
        print(json.dumps(result), flush=True)

for line in sys.stdin:
    threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()
`;

/** Arguments: the files of its host keys, which also let users in. Prints its port. Every command copies stdin to stdout. */
const SERVER = `${COMMON}
keys = [key(path) for path in sys.argv[1:]]
paramiko.Transport.load_server_moduli()

class Server(paramiko.ServerInterface):
    def get_allowed_auths(self, username):
        return 'publickey'
    def check_auth_publickey(self, username, offered):
        return paramiko.AUTH_SUCCESSFUL if offered in keys else paramiko.AUTH_FAILED
    def check_channel_request(self, kind, id):
        return paramiko.OPEN_SUCCEEDED
    def check_channel_exec_request(self, channel, command):
        threading.Thread(target=copy, args=(channel,), daemon=True).start()
        return True

def copy(channel):
    while chunk := channel.recv(65536):
        channel.sendall(chunk)
    channel.send_exit_status(0)
    channel.shutdown_write()
    channel.close()

def serve(connection):
    transport = paramiko.Transport(connection)
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = 120
    for one in keys:
        transport.add_server_key(one)
    try:
        transport.start_server(server=Server())
        # Channels that nobody holds are closed.
        channels = []
        while transport.is_active():
            channels.append(transport.accept(1))
    except (paramiko.SSHException, EOFError):
        pass

listener = socket.create_server(('127.0.0.1', 0))
print('port', listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
`;

export interface ParamikoClient {
  /** Logs in and checks that all of `data` comes back. @throws if anything goes wrong. */
  copy(port: number, hostKey: PrivateKey, userKey: PrivateKey, data: Buffer): Promise<void>;
  readonly running: Running;
}

export async function startParamikoClient(cleanup: Cleanup): Promise<ParamikoClient> {
  const folder = await temporaryFolder(cleanup);
  const program = join(folder, 'client.py');
  await writeFile(program, CLIENT);
  const files = new Map<PrivateKey, string>();
  for (const type of KEY_TYPES) {
    const key = await testKey(type);
    files.set(key, await writeKey(folder, type, key));
  }
  const running = start(cleanup, PYTHON, [program]);
  let last = 0;
  return {
    running,
    async copy(port, hostKey, userKey, data) {
      last += 1;
      const id = last;
      const [, host] = formatPublicKey(hostKey.public).split(' ');
      const task = { id, port, host, key: files.get(userKey), data: data.toString('base64') };
      running.child.stdin.write(`${JSON.stringify(task)}\n`);
      const printed = await running.printed(new RegExp(`^\\{"id": ${id}[,}].*$`, 'm'));
      const line = printed.split('\n').find((text) => new RegExp(`^\\{"id": ${id}[,}]`).test(text)) ?? '{}';
      const { error } = JSON.parse(line) as { readonly error?: string };
      if (error !== undefined) throw new Error(`paramiko: ${error}`);
    },
  };
}

/** It has one key of each type, all of which let users in. */
export async function startParamikoServer(cleanup: Cleanup): Promise<number> {
  const folder = await temporaryFolder(cleanup);
  const program = join(folder, 'server.py');
  await writeFile(program, SERVER);
  const files = await Promise.all(KEY_TYPES.map(async (type) => writeKey(folder, type, await testKey(type))));
  const printed = await start(cleanup, PYTHON, [program, ...files]).printed(/port \d+/);
  return Number(/port (\d+)/.exec(printed)?.[1]);
}
