/** The example's relay, with objects that have shorter times than usual and report when they are made. */
import { RelayObject, type RelayState } from '@nacre/edge/relay';
export { default } from '../../../examples/relay/src/worker.js';

const LIMITS = {
  linkTimeout: 1_000,
  resumeGrace: 3_000,
  unansweredGrace: 2_000,
  maxWaiting: 5,
  maxBacklog: 3 * 2 ** 20,
};

export class HastyRelayObject extends RelayObject {
  constructor(state: RelayState & { readonly id: { readonly name?: string } }, environment: unknown) {
    super(state, environment, state.id.name === 'total' ? { ...LIMITS, maxTotalBacklog: 2 ** 20 } : LIMITS);
    console.log(`awake with ${state.getWebSockets().length} sockets`);
  }
}
