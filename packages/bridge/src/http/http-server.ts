/** RFC 9112: an HTTP server that gives slow or greedy clients neither time nor room. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { MAX_CONNECTIONS } from '../tcp-listen.js';
import { answerMalformed } from './malformed.js';

/** The header of an HTTP request has this much room. */
export const MAX_HEADER_BYTES = 16 * 1024;
export const MAX_HEADER_FIELDS = 100;
/** How long a request's header, and the handshake of TLS before it, may take, in ms. */
export const REQUEST_TIMEOUT = 10_000;

/** PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Lets in only clients whose certificate is signed by these. */
  readonly ca?: string | undefined;
}

/** @param requestTimeout in ms @param tls makes it an HTTPS server */
export function createHttpServer(requestTimeout: number = REQUEST_TIMEOUT, tls?: ServerTls): Server {
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: requestTimeout,
    requestTimeout,
    // Node looks for overdue requests only this often.
    connectionsCheckingInterval: requestTimeout / 20,
    noDelay: true,
  };
  const server = tls
    ? createTlsServer({
        ...options,
        ...contextOf(tls),
        handshakeTimeout: requestTimeout,
        requestCert: tls.ca !== undefined,
        rejectUnauthorized: tls.ca !== undefined,
      })
    : createServer(options);
  // One more than allowed, so that what Node would silently drop is seen and refused.
  server.maxHeadersCount = MAX_HEADER_FIELDS + 1;
  server.maxConnections = MAX_CONNECTIONS;
  answerMalformed(server);
  return server;
}

/**
 * What an HTTPS server shows and asks for from the next connection on. Sessions of TLS cannot be resumed across it, so whom the
 * old authorities let in shows a certificate again.
 *
 * @throws Error and changes nothing when the parts do not belong together
 */
export function renewTls(server: Server, tls: ServerTls): void {
  if (server instanceof TlsServer) server.setSecureContext(contextOf(tls));
}

function contextOf({ cert, key, ca }: ServerTls): SecureContextOptions {
  return { cert, key, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' };
}
