/** The playground as a Worker: WebSocket through `fetch`, TCP through `connect`. */
import { workersCrypto } from '@nacre/edge/workers-crypto';
import { worker, workersLimits } from '@nacre/edge/workers';
import { createPlayground } from './app.js';
import { configure, type Variables } from './configuration.js';

export default worker((env: Variables) =>
  createPlayground({
    ...configure(env, workersCrypto),
    limits: workersLimits,
  }),
);
