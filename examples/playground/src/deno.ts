/** The playground on Deno: TCP at PORT, on loopback. Reports on standard output where it listens. */
import { listen } from '@nacre/edge/deno';
import { denoCrypto } from '@nacre/edge/deno-crypto';
import { createPlayground } from './app.js';
import { configure } from './configuration.js';

declare const Deno: { readonly env: { get(name: string): string | undefined } };

const variable = (name: string): string | null => Deno.env.get(name) ?? null;
const configuration = configure(
  {
    HOST_KEY: variable('HOST_KEY'),
    AUTHORIZED_KEYS: variable('AUTHORIZED_KEYS'),
    REKEY_BYTES: variable('REKEY_BYTES'),
  },
  denoCrypto,
);
const server = createPlayground(configuration);
const { port } = await listen(server, { port: Number(variable('PORT') ?? 0) });
console.log(JSON.stringify({ event: 'listening', port }));
