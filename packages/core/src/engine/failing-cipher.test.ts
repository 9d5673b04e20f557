/** A provider that fails ends its connection, and nothing else. */
import { expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { ConnectionLostError } from '../errors.js';
import { generateKey } from '../keys/index.js';
import { createServer } from '../server/create-server.js';
import { accept } from '../server/verdict.js';
import { connect } from '../client/client.js';
import { memoryLinks } from '../testing/memory-link.js';

test('a cipher that throws cannot seal a DISCONNECT either: the stream ends, and the server has one connection less', async () => {
  let sealed = 0;
  const failing = {
    ...noble,
    aesGcm: (key: Uint8Array) => {
      const { seal, open } = noble.aesGcm(key);
      const failingSeal: typeof seal = (...packet) => {
        sealed += 1;
        if (sealed > 3) throw new Error('out of order');
        seal(...packet);
      };
      return { seal: failingSeal, open };
    },
  };
  const server = createServer({
    hostKeys: [await generateKey('ssh-ed25519')],
    crypto: failing,
    algorithms: { ciphers: 'aes128-gcm@openssh.com' },
    hooks: { none: () => accept },
    session: () => 0,
  });
  const [near, far] = memoryLinks();
  void server.accept(far);
  const credentials = [{ method: 'none' }] as const;
  const session = connect(near, { user: 'u', verifyHostKey: () => true, credentials }).then((client) =>
    client.exec('x'),
  );
  await expect(session).rejects.toThrow(ConnectionLostError);
  expect(server.connections.length).toBe(0);
});
