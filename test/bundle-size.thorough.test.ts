/** What a program that needs little of core carries: sizes in kB of 1000 bytes, minified and gzipped, and what must not be in there. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

interface Bundle {
  readonly kilobytes: number;
  readonly code: string;
  /** Paths of the files that contribute to it. */
  readonly files: readonly string[];
}

/** Bundles `code` like an application that runs anywhere. */
async function bundle(code: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: here, loader: 'ts' },
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    conditions: ['@nacre/source'],
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    kilobytes: gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1000,
    code: outputFiles[0]!.text,
    files: files.map(([path]) => path),
  };
}

/** A client of Ed25519, X25519, AES-GCM and whatever else it is given: code that names primitives, and their rows. */
const client = ({ imports = '', primitives = '', keyExchanges = '' } = {}): string => `
  import { aesGcm as gcm, connect, curve25519Sha256, randomBytes, sshEd25519 } from '@nacre/core/custom';
  import { aesGcm } from '@nacre/core/noble/aes';
  import { ed25519, x25519 } from '@nacre/core/noble/curve25519';
  import { hash } from '@nacre/core/noble/hashes';
  ${imports}
  export const open = (stream, options) => connect(stream, {
    ...options,
    crypto: { name: 'noble', random: randomBytes, hash, aesGcm, x25519, ed25519, ${primitives} },
    algorithms: {
      keyExchanges: { ${keyExchanges} 'curve25519-sha256': curve25519Sha256 },
      signatures: { 'ssh-ed25519': sshEd25519 },
      ciphers: { 'aes256-gcm@openssh.com': gcm(32) },
    },
  });`;

const postQuantum = client({
  imports: `
    import { mlkem768x25519Sha256 } from '@nacre/core/custom';
    import { mlkem768 } from '@nacre/core/noble/ml-kem-768';`,
  primitives: 'mlkem768,',
  keyExchanges: "'mlkem768x25519-sha256': mlkem768x25519Sha256,",
});

test.each([
  ['a client of Ed25519, X25519 and AES-GCM', 42, client()],
  ['the same with ML-KEM', 48, postQuantum],
  ['a server, without algorithms and primitives', 52, "export { createServer } from '@nacre/core/custom';"],
  [
    'a server with every algorithm of the default, and the portable primitives for all of them',
    80,
    "export { createServer } from '@nacre/core';",
  ],
])('%s has at most %d kB', async (name, most, code) => {
  const { kilobytes } = await bundle(code);
  console.log(`${name}: ${kilobytes.toFixed(1)} kB`);
  expect(kilobytes).toBeLessThanOrEqual(most);
});

test('nothing of the main entry pulls in legacy algorithms or compression', async () => {
  const { files } = await bundle("export * from '@nacre/core';");
  expect(files).toContain('packages/core/src/client/client.ts');
  expect(files.filter((path) => /core\/src\/(legacy|zlib)\/|\/pako\//.test(path))).toEqual([]);
});

test('a small client has no primitive that it did not ask for', async () => {
  const { files } = await bundle(client());
  const unasked =
    /noble\.ts|weierstrass|nist|ml-kem|sha3|poly1305|chacha|sntrup|modular-power|legacy|userauth\/keyboard/;
  expect(files.filter((path) => unasked.test(path))).toEqual([]);
});

test('errors are called in a minified bundle as they are here: people read these names in logs', async () => {
  const { code } = await bundle("export * from '@nacre/core';");
  const exported = Object.entries<unknown>(await import(`data:text/javascript,${encodeURIComponent(code)}`));
  const errors = exported.filter(([name]) => name.endsWith('Error')) as [string, new (...words: string[]) => Error][];
  expect(errors.length).toBeGreaterThan(15);
  expect(errors.map(([, kind]) => new kind('words', 'words').name)).toEqual(errors.map(([name]) => name));
});
