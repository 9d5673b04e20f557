/** On workerd, with a host key that has to be waited for. */
import { accept, createServer, parsePrivateKey } from '@nacre/core';
import { noble } from '@nacre/core/noble';
import { worker, workersLimits, type WorkerHandlers } from '@nacre/edge/workers';

interface Bindings {
  readonly KEY_URL: string;
}

const handlers: WorkerHandlers<Bindings> = worker(({ KEY_URL }) =>
  createServer({
    crypto: noble,
    limits: workersLimits,
    hooks: { none: () => accept },
    hostKeys: {
      isDurable: true,
      load: async () => [parsePrivateKey(await (await fetch(KEY_URL)).text(), { crypto: noble })],
    },
  }),
);

export default handlers;
