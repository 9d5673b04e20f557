/** The smallest Worker that is an ssh server: it says hello. */
import { accept, createServer, parsePrivateKey } from '@nacre/core';
import { worker, workersLimits } from '@nacre/edge/workers';
import { workersCrypto } from '@nacre/edge/workers-crypto';

interface Env {
  /** The text of an OpenSSH private key. Without it, each isolate makes its own, and clients warn that it has changed. */
  readonly HOST_KEY?: string;
  /** The password of `demo`. Without it, nobody can log in. */
  readonly PASSWORD?: string;
}

export default worker(({ HOST_KEY, PASSWORD }: Env) =>
  createServer({
    crypto: workersCrypto,
    hostKeys: HOST_KEY ? [parsePrivateKey(HOST_KEY, { crypto: workersCrypto })] : [],
    limits: workersLimits,
    hooks: {
      password: ({ user }, password) => (user === 'demo' && PASSWORD && password === PASSWORD ? accept : undefined),
      log: ({ message, fields }) => console.log(message, fields),
    },
    session: async (session) => {
      await session.print(`hello ${session.user}, this is a Worker\n`);
    },
  }),
);
