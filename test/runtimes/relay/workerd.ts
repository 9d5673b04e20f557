/** The example's relay, with objects whose bounds a test can reach, and which report when they are made. */
import { RelayObject, type RelayLimits, type RelayState } from '@nacre/edge/relay';
export { default } from '../../../examples/relay/src/worker.js';

/** However busy the machine is, no test reaches one of these times. The bounds are small, so that a test can. */
const LIMITS = { linkTimeout: 60_000, unansweredGrace: 60_000, maxWaiting: 5, maxBacklog: 3 * 2 ** 20 };
/** By name: what a test waits for until it is over. */
const OWN_LIMITS: Readonly<Record<string, Partial<RelayLimits>>> = {
  deaf: { linkTimeout: 1_000 },
  gone: { resumeGrace: 1_000 },
  left: { unansweredGrace: 1_000 },
  total: { maxTotalBacklog: 2 ** 20 },
};

export class TestRelayObject extends RelayObject {
  constructor(state: RelayState & { readonly id: { readonly name?: string } }, environment: unknown) {
    super(state, environment, { ...LIMITS, ...OWN_LIMITS[state.id.name ?? ''] });
    console.log(`awake with ${state.getWebSockets().length} sockets`);
  }
}
