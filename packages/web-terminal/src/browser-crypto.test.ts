import { afterEach, expect, test, vi } from 'vitest';
import { accept, KeyExchangeError, type AlgorithmOptions } from '@nacre/core';
import { pair } from '@nacre/core/testing';
import { chacha20, poly1305 } from '@nacre/core/wasm/chacha20-poly1305';
import { browserCrypto } from './browser-crypto.js';

afterEach(() => vi.unstubAllGlobals());

test('where a page may have no WebAssembly, ChaCha20 and Poly1305 are JavaScript', async () => {
  const Module = function (): never {
    throw new WebAssembly.CompileError('refused to compile');
  };
  vi.stubGlobal('WebAssembly', { Module, CompileError: WebAssembly.CompileError });
  // What is compiled already stays: modules of their own, which have compiled nothing.
  vi.resetModules();
  const { browserCrypto: create } = await import('./browser-crypto.js');
  const { noble } = await import('@nacre/core/noble');
  const provider = await create();
  expect([provider.chacha20, provider.poly1305]).toEqual([noble.chacha20, noble.poly1305]);
});

test('memory is freed eight pieces at a time', async () => {
  const { release } = (await browserCrypto()).batchedAesGcm!(new Uint8Array(16));
  const dead = Array.from({ length: 8 }, () => new ArrayBuffer(20_000));
  for (const memory of dead.slice(1)) release!(memory);
  expect(dead.map(({ byteLength }) => byteLength)).toEqual(dead.map(() => 20_000));
  release!(dead[0]!);
  expect(dead.map(({ byteLength }) => byteLength)).toEqual(dead.map(() => 0));
});

test('memory that is freed twice, or was transferred by somebody else, does not keep other memory from being freed', async () => {
  const { release } = await browserCrypto();
  const [twice, before, meanwhile, ...others] = Array.from({ length: 17 }, () => new ArrayBuffer(20_000));
  structuredClone(before, { transfer: [before!] });
  for (const memory of [twice!, twice!, before!, meanwhile!]) release!(memory);
  structuredClone(meanwhile, { transfer: [meanwhile!] });
  for (const memory of others) release!(memory);
  expect([twice!, ...others.slice(0, 13)].map(({ byteLength }) => byteLength)).toEqual(Array<number>(14).fill(0));
});

test('elsewhere they are WebAssembly', async () => {
  const provider = await browserCrypto();
  expect([provider.chacha20, provider.poly1305]).toEqual([chacha20, poly1305]);
});

test('a server with it offers ChaCha20 where it is told to, and not by itself', async () => {
  const server = { crypto: await browserCrypto(), hooks: { none: () => accept } };
  const ciphers = 'chacha20-poly1305@openssh.com';
  const logIn = (algorithms: AlgorithmOptions) =>
    pair({ server: { ...server, algorithms }, client: { algorithms: { ciphers } } });
  await expect(logIn({})).rejects.toThrow(KeyExchangeError);
  const { client } = await logIn({ ciphers: `+${ciphers}` });
  expect(client.negotiated?.clientToServer.cipher).toBe(ciphers);
  client.close();
});
