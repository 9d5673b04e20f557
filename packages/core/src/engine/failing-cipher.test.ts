/** A provider that fails ends its connection, and nothing else. */
import { expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { ConnectionLostError } from '../errors.js';
import { generateKey } from '../keys/index.js';
import { createServer } from '../server/create-server.js';
import { accept } from '../server/verdict.js';
import { connect } from '../client/client.js';
import { memoryLinks } from '../testing/memory-link.js';
import { pair } from '../testing/pair.js';

const credentials = [{ method: 'none' }] as const;

/** What seals like `noble` until the first time it `throws`. */
function failsWhen(throws: () => boolean): typeof noble {
  return {
    ...noble,
    aesGcm: (key) => {
      const { seal, open } = noble.aesGcm(key);
      const failingSeal: typeof seal = (...packet) => {
        if (throws()) throw new Error('out of order');
        seal(...packet);
      };
      return { seal: failingSeal, open };
    },
  };
}

test('a cipher that throws cannot seal a DISCONNECT either: the stream ends, and the server has one connection less', async () => {
  let sealed = 0;
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    crypto: failsWhen(() => (sealed += 1) > 3),
    algorithms: { ciphers: 'aes128-gcm@openssh.com' },
    hooks: { none: () => accept },
    session: () => 0,
  });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const session = connect(near, { user: 'u', verifyHostKey: () => true, credentials }).then((client) =>
    client.exec('x'),
  );
  await expect(session).rejects.toThrow(ConnectionLostError);
  expect(server.connections.length).toBe(0);
});

test('closing a connection whose cipher throws is no error', async () => {
  let isBroken = false;
  const { client } = await pair({
    server: { hooks: { none: () => accept } },
    client: { crypto: failsWhen(() => isBroken), algorithms: { ciphers: 'aes128-gcm@openssh.com' } },
  });
  isBroken = true;
  client.close();
  expect(await client.closed).toBeUndefined();
});
