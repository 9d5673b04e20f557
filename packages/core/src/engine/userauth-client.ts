/** RFC 4252: what a client's authentication is given by the engine that it serves. */
import { UserauthClient } from '../userauth/client.js';
import type { LoginPort } from './options.js';

/** `succeed` opens the connection layer; `banner` is told what the server has to say. */
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
