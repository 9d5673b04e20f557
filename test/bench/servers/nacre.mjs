/** Nacre on Node with the `node:crypto` provider, in a process of its own. */
import { createServer, parsePrivateKey } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { serveBench, zeros } from './bench-process.mjs';

/** More than any measurement opens at once. */
const MANY = 10_000;

serveBench(async ({ hostKey, authorizedKey }) => {
  const server = createServer({
    crypto: nodeCrypto,
    hostKeys: [parsePrivateKey(hostKey, { crypto: nodeCrypto })],
    limits: { unauthenticated: MANY, unauthenticatedFromSource: MANY, penalties: false },
    // The measurements log in as the user who runs them.
    policy: { rootLogin: true },
    hooks: { authorizedKeys: () => authorizedKey },
    session: async (session) => {
      const bytes = zeros.parse(session.request.command);
      if (bytes === undefined) while ((await session.read()) !== undefined);
      else for (const chunk of zeros.chunks(bytes)) await session.write(chunk);
      return 0;
    },
  });
  return (await listen(server, { port: 0 })).port;
});
