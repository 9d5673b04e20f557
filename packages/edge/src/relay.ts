/** docs/relay-protocol.md on Cloudflare Workers, an object for each name: `export { RelayObject }; export default relay(…)`. */
import { judge, type Admission } from './relay/door.js';
import { requestFor } from './relay/errand.js';
import { refusal, type RelayObjects } from './relay/platform.js';
import { assertToken } from './relay/secrets.js';
import type { WorkersRequest } from './workers/request.js';

export { RelayObject } from './relay/relay-object.js';
export { RELAY_LIMITS, type RelayLimits } from './relay/limits.js';
export type { TokenOf } from './relay/door.js';
export type { RelayObjects, RelaySocket, RelayState, RelayStorage } from './relay/platform.js';
export type { WorkersRequest } from './workers/request.js';

export interface RelayOptions extends Admission {
  /** The binding of `RelayObject`. */
  readonly objects: RelayObjects;
}

export interface RelayHandlers<Env> {
  fetch(request: WorkersRequest, env: Env): Promise<Response>;
}

/**
 * Hosts register at `wss://…/NAME/host`; visitors connect to `wss://…/NAME`, with `ssh-bridge proxy`.
 *
 * @throws TypeError at a request, if a token is missing or has less than 32 characters
 */
export function relay<Env = unknown>(options: (env: Env) => RelayOptions): RelayHandlers<Env> {
  return {
    async fetch(request, env) {
      const { objects, ...admission } = options(env);
      const { hostToken, visitorToken } = admission;
      // Tokens of single names are checked when they are looked up.
      if (typeof hostToken !== 'function') assertToken('hostToken', hostToken);
      if (visitorToken !== null && typeof visitorToken !== 'function') assertToken('visitorToken', visitorToken);
      const verdict = await judge(request, admission);
      if ('status' in verdict) return refusal(verdict);
      return objects.get(objects.idFromName(verdict.name)).fetch(requestFor(verdict));
    },
  };
}
