/** Nacre on Bun. */
import { listen } from '@nacre/edge/bun';
import { bunCrypto } from '@nacre/edge/bun-crypto';
import { serve } from './runtime.mjs';

await serve(listen, bunCrypto, process.env);
