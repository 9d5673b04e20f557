/** RFC 9112: an HTTP server with bounds against slow or greedy clients. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { MAX_CONNECTIONS } from '../tcp-listen.js';
import { answerMalformed } from './malformed.js';

/** The largest header of an HTTP request. */
export const MAX_HEADER_BYTES = 16 * 1024;
export const MAX_HEADER_FIELDS = 100;
/** How long a request's header may take, and the TLS handshake before it, in ms. */
export const REQUEST_TIMEOUT = 10_000;

/** PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Authorities: lets in only clients whose certificate is signed by one of them. */
  readonly ca?: string | undefined;
}

/** @param requestTimeout in ms @param tls makes it an HTTPS server */
export function createHttpServer(requestTimeout: number = REQUEST_TIMEOUT, tls?: ServerTls): Server {
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: requestTimeout,
    requestTimeout,
    // How often Node looks for overdue requests.
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
  // One more than allowed, so that fields which Node would silently drop are seen and refused.
  server.maxHeadersCount = MAX_HEADER_FIELDS + 1;
  server.maxConnections = MAX_CONNECTIONS;
  answerMalformed(server);
  return server;
}

/**
 * Sets the certificate and authorities of an HTTPS server from the next connection on. TLS sessions cannot be resumed across
 * the change, so clients that the old authorities let in must show a certificate again.
 *
 * @throws Error and changes nothing if the parts do not belong together
 */
export function renewTls(server: Server, tls: ServerTls): void {
  if (server instanceof TlsServer) server.setSecureContext(contextOf(tls));
}

function contextOf({ cert, key, ca }: ServerTls): SecureContextOptions {
  return { cert, key, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' };
}
