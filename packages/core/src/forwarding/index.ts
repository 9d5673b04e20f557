/** `@nacre/core/forwarding`: a server's forwarding, separate so that servers without it need not carry it. */
import type { Forwarding } from './connection-forwarding.js';
import { ServerForwarding, type ForwardingOptions } from './server-forwarding.js';

export type {
  ConnectionForwarding,
  ForwardedAgent,
  ForwardedDisplay,
  Forwarding,
  ForwardingContext,
} from './connection-forwarding.js';
export { ChannelStream } from './channel-stream.js';
export { isPublicAddress, permit, type ForwardRules } from './permit.js';
export type * from './request.js';
export type { ForwardingOptions } from './server-forwarding.js';

/**
 * For `createServer({ forwarding: forwarding({ sockets }) })`; adapters export their own with the sockets of their
 * runtime. Only the hook `forward` decides what is forwarded; without it, nothing is.
 */
export function forwarding(options: ForwardingOptions = {}): Forwarding {
  return (context) => new ServerForwarding(context, options);
}
