/** Cloudflare Workers: docs/relay-protocol.md with an object for each name. `export { RelayObject }; export default relay(…)`. */
import { judge, type Admission } from './relay/door.js';
import { requestFor } from './relay/errand.js';
import { refusal, type RelayObjects, type RelayRequest } from './relay/platform.js';

export { RelayObject } from './relay/relay-object.js';
export { RELAY_LIMITS, type RelayLimits } from './relay/limits.js';
export type { TokenOf } from './relay/door.js';
export type { RelayObjects, RelayRequest, RelaySocket, RelayState, RelayStorage } from './relay/platform.js';

export interface RelayOptions extends Admission {
  /** The binding of `RelayObject`. */
  readonly objects: RelayObjects;
}

export interface RelayHandlers<Env> {
  fetch(request: RelayRequest, env: Env): Promise<Response>;
}

/** Short secrets can be guessed from anywhere in the world. */
const SHORTEST_TOKEN = 32;

/**
 * Hosts register at `wss://…/NAME/host`; visitors come to `wss://…/NAME`, with `ssh-bridge proxy`.
 *
 * @throws TypeError at a request, where a token is missing or has less than 32 characters
 */
export function relay<Env = unknown>(options: (env: Env) => RelayOptions): RelayHandlers<Env> {
  return {
    async fetch(request, env) {
      const { objects, ...admission } = options(env);
      assertToken('hostToken', admission.hostToken);
      if (admission.visitorToken !== null) assertToken('visitorToken', admission.visitorToken);
      const verdict = await judge(request, admission);
      if ('status' in verdict) return refusal(verdict);
      return objects.get(objects.idFromName(verdict.name)).fetch(requestFor(verdict));
    },
  };
}

function assertToken(name: string, token: unknown): void {
  if (typeof token === 'function') return;
  if (typeof token === 'string' && token.length >= SHORTEST_TOKEN) return;
  throw new TypeError(
    `${name} has less than ${SHORTEST_TOKEN} characters, or is no text: set the secret that it comes from`,
  );
}
