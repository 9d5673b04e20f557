/** Connects a server's authentication to its engine. */
import type { Identity } from '../userauth/decision.js';
import { SSH_MSG_USERAUTH_SUCCESS } from '../userauth/messages.js';
import type { UserauthContext } from '../userauth/server.js';
import type { LoginPort } from './options.js';

/** Security: `succeed` is the only way in. It tells the client and then the engine, if the connection still exists. */
export function userauthContext(port: LoginPort, succeed: (identity: Identity) => void): UserauthContext {
  const { options, transport } = port;
  return {
    sessionId: transport.sessionId!,
    hostKey: transport.hostKey!,
    crypto: options.crypto,
    signatures: options.tables.signatures,
    send: (payload) => port.sendPayload(payload),
    succeed: (identity) => {
      // The connection may have ended while a hook was deciding.
      if (port.isClosed) return;
      port.sendPayload(SSH_MSG_USERAUTH_SUCCESS.encode({}));
      succeed(identity);
    },
  };
}
