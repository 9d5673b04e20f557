import { accept, KeyExchangeError } from '@nacre/core';
import { pair } from '@nacre/core/testing';
import { expect, test } from 'vitest';
import { browserAlgorithms } from './browser-algorithms.js';

const CHACHA20 = 'chacha20-poly1305@openssh.com';
const server = { hooks: { none: () => accept } };

test('a browser offers no ChaCha20 by itself', async () => {
  const chacha20Only = { algorithms: { ciphers: CHACHA20 } };
  await expect(pair({ server: { ...server, algorithms: browserAlgorithms }, client: chacha20Only })).rejects.toThrow(
    KeyExchangeError,
  );
  const { client } = await pair({ server, client: chacha20Only });
  client.close();
});

test('and all else', async () => {
  const { client } = await pair({
    server: { ...server, algorithms: browserAlgorithms },
    client: { algorithms: { ciphers: '^aes128-ctr' } },
  });
  expect(client.negotiated?.clientToServer.cipher).toBe('aes128-ctr');
  client.close();
});
