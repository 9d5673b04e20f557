/** A relay at the edge: an object for each name, where its host registers and its visitors arrive. */
import { relay, type RelayObjects } from '@nacre/edge/relay';
export { RelayObject } from '@nacre/edge/relay';

interface Env {
  readonly RELAY: RelayObjects;
  /** Lets its holder register as a host, under any name. */
  readonly HOST_TOKEN: string;
  /** Lets its holder reach the login of a host's own server. */
  readonly VISITOR_TOKEN: string;
  /** The origin of pages that may do the same, with the same tokens. */
  readonly ORIGIN: string;
}

export default relay(({ RELAY, HOST_TOKEN, VISITOR_TOKEN, ORIGIN }: Env) => ({
  objects: RELAY,
  hostToken: HOST_TOKEN,
  visitorToken: VISITOR_TOKEN,
  origins: [ORIGIN],
}));
