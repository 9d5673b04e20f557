/** RFC 4252: connects a client's authentication to its engine. */
import { UserauthClient } from '../userauth/client.js';
import type { LoginPort } from './options.js';

/** `succeed` opens the connection layer; `banner` receives the server's banner. */
export function createUserauthClient(
  port: LoginPort,
  succeed: (user: string) => void,
  banner: (text: string) => undefined,
): UserauthClient {
  const { options, transport } = port;
  return new UserauthClient({
    sessionId: transport.sessionId!,
    signatures: options.tables.signatures,
    serverSignatureAlgorithms: () => transport.extensions.signatureAlgorithms,
    boundHostKey: () => (transport.extensions.takesHostbound ? transport.hostKey : undefined),
    send: (payload) => port.sendPayload(payload),
    succeed,
    banner,
  });
}
