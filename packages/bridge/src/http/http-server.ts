/** RFC 9112: an HTTP server that gives slow or greedy clients neither time nor room. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from 'node:https';
import { MAX_CONNECTIONS } from '../tcp-listen.js';

/** The header of an HTTP request has this much room. */
export const MAX_HEADER_BYTES = 16 * 1024;
export const MAX_HEADER_FIELDS = 100;
/** How long a request's header, and the handshake of TLS before it, may take, in ms. */
export const REQUEST_TIMEOUT = 10_000;

/** @param requestTimeout in ms @param tls makes it an HTTPS server */
export function createHttpServer(requestTimeout: number = REQUEST_TIMEOUT, tls?: TlsServerOptions): Server {
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: requestTimeout,
    requestTimeout,
    // Node looks for overdue requests only this often.
    connectionsCheckingInterval: requestTimeout / 20,
    noDelay: true,
  };
  const server = tls
    ? createTlsServer({ ...options, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: requestTimeout })
    : createServer(options);
  // One more than allowed, so that what Node would silently drop is seen and refused.
  server.maxHeadersCount = MAX_HEADER_FIELDS + 1;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}
