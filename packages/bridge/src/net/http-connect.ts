/** RFC 9110 §9.3.6: CONNECT, a TCP connection through an HTTP proxy. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { BridgeError, systemCode } from '../bridge-error.js';
import { EXIT } from '../exit-codes.js';

/** @throws BridgeError that names the proxy, without what opens it */
export function connectThrough(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorization(proxy) },
    agent: false,
    signal,
  });
  return new Promise((resolve, reject) => {
    const fail = (exitCode: typeof EXIT.unavailable | typeof EXIT.refused, detail: string, cause?: unknown): void =>
      reject(
        new BridgeError(
          'HTTP proxy',
          exitCode,
          `${proxy.host} ${detail}`,
          'check HTTPS_PROXY, or list the host in NO_PROXY',
          cause,
        ),
      );
    request.on('error', (error) =>
      fail(EXIT.unavailable, `cannot be reached: ${systemCode(error) ?? error.message}`, error),
    );
    request.on('response', (response) => {
      // A client of Node's sees an answer to CONNECT as `connect`, so this one came from no proxy.
      response.destroy();
      fail(EXIT.refused, 'does not speak CONNECT');
    });
    request.on('connect', (response, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      fail(EXIT.refused, `answered CONNECT with HTTP ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`);
    });
    request.end();
  });
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
