/** What the hook `message` sees of an incoming message. */
import type { ServerConnection } from './server-connection.js';

export interface MessageContext {
  readonly connection: ServerConnection;
  /** What it asks for: `service`, `auth`, `global`, `open` and `channel` can be answered, `transport` is only to look at. */
  readonly kind: 'transport' | 'service' | 'auth' | 'global' | 'open' | 'channel';
  readonly number: number;
  /** As the RFC has them; none of a message that is not known, or whose fields depend on what is under way (30-49, 61). Secrets among them. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Sends a payload to the peer. @throws ConfigurationError for messages of the transport, and for SSH_MSG_USERAUTH_SUCCESS. */
  reply(payload: Uint8Array): void;
}
