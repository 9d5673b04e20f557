/** Nacre on Deno. */
import { listen } from '@nacre/edge/deno';
import { denoCrypto } from '@nacre/edge/deno-crypto';
import { serve } from './runtime.mjs';

await serve(listen, denoCrypto, Deno.env.toObject());
