import { afterEach, expect, test, vi } from 'vitest';
import { noble } from '@nacre/core/noble';
import { chacha20, poly1305 } from '@nacre/core/wasm/chacha20-poly1305';
import { browserCrypto } from './browser-crypto.js';

afterEach(() => vi.unstubAllGlobals());

// The module is made once: this is the first test.
test('where a page may have no WebAssembly, ChaCha20 and Poly1305 are JavaScript', async () => {
  const Module = function (): never {
    throw new WebAssembly.CompileError('refused to compile');
  };
  vi.stubGlobal('WebAssembly', { Module, CompileError: WebAssembly.CompileError });
  const provider = await browserCrypto();
  expect([provider.chacha20, provider.poly1305]).toEqual([noble.chacha20, noble.poly1305]);
});

test('else they are WebAssembly', async () => {
  const provider = await browserCrypto();
  expect([provider.chacha20, provider.poly1305]).toEqual([chacha20, poly1305]);
});
