/** `node scripts/wasm/build.mjs`: compiles the WebAssembly modules whose bytes are committed. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';
import { source } from './chacha20-poly1305.mjs';

const TARGET = new URL('../../packages/core/src/crypto/wasm/chacha20-poly1305-module.ts', import.meta.url);
const SIMD = { simd: true };

/** Compiles ChaCha20 and Poly1305. @returns the module in base64. */
export async function compile() {
  const { parseWat } = await wabt();
  const module = parseWat('chacha20-poly1305.wat', source, SIMD);
  module.validate(SIMD);
  const { buffer } = module.toBinary({});
  module.destroy();
  return Buffer.from(buffer).toString('base64');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(
    TARGET,
    `/** WebAssembly in base64, built by scripts/wasm/build.mjs out of scripts/wasm/chacha20-poly1305.mjs. */\n` +
      `export const MODULE =\n  '${await compile()}';\n`,
  );
}
