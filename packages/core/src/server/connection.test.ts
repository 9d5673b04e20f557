/** What hooks and handlers can learn about a client. */
import { expect, test } from 'vitest';
import { accept, fingerprint, generateKey, VERSION, type ServerConnection } from '../index.js';
import { pair } from '../testing/index.js';

test('a connection tells its user, address, key, method, algorithms and ident', async () => {
  const key = await generateKey('ssh-ed25519');
  const seen: ServerConnection[] = [];
  const { client } = await pair({
    link: { peer: { remoteAddress: '192.0.2.7', remotePort: 4022 } },
    server: {
      hooks: { authorizedKeys: () => accept },
      session: ({ connection }) => void seen.push(connection),
    },
    client: { user: 'ada', software: 'Probe_1', credentials: [{ method: 'publickey', key }] },
  });
  await client.exec('x');
  const [connection] = seen;
  expect(connection).toMatchObject({
    user: 'ada',
    peer: { remoteAddress: '192.0.2.7', remotePort: 4022 },
    method: 'publickey',
    keyFingerprint: fingerprint(key.publicKey),
    certificate: undefined,
    identification: 'SSH-2.0-Probe_1',
  });
  expect(connection!.negotiated).toEqual(client.negotiated);
  expect(client.identification).toBe(`SSH-2.0-Nacre_${VERSION}`);
  client.close();
});
