/** `@nacre/core/forwarding`: a server's forwarding, which one that forwards nothing need not carry. */
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
 * For `createServer({ forwarding: forwarding({ sockets }) })`: adapters have theirs with the sockets of their runtime. What is
 * forwarded is up to the `forward` hook alone; nothing is without one.
 */
export function forwarding(options: ForwardingOptions = {}): Forwarding {
  return (context) => new ServerForwarding(context, options);
}
