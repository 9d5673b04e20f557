/** RFC 9110 §9.3.6: CONNECT, a TCP connection through an HTTP proxy. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { formatHost, hostOf, portOf, userInfoOf } from '../address.js';
import { BridgeError } from '../bridge-error.js';
import { inWords } from '../dial-failure.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { andSaid, firstBodyLine } from '../http/body-line.js';

const CHECK = 'check HTTPS_PROXY (HTTP_PROXY for ws://), or list the host in NO_PROXY';
const HINTS: Readonly<Record<number, string>> = {
  407: 'give user and password in HTTPS_PROXY (HTTP_PROXY for ws://), http://USER:PASSWORD@HOST:PORT',
};

/** @throws BridgeError that names the proxy, without its user and password */
export function connectThrough(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const authority = `${formatHost(host)}:${port}`;
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: hostOf(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorization(proxy) },
    agent: false,
    signal,
  });
  const failure = (exitCode: ExitCode, detail: string, hint: string = CHECK, cause?: unknown): BridgeError =>
    new BridgeError('HTTP proxy', exitCode, `${proxy.host} ${detail}`, hint, cause);
  return new Promise((resolve, reject) => {
    request.on('error', (error) =>
      reject(failure(EXIT.unavailable, `cannot be reached: ${inWords(error)}`, CHECK, error)),
    );
    request.on('response', (response) => {
      // Node reports an answer to CONNECT as `connect`, so this response did not come from a proxy.
      response.destroy();
      reject(failure(EXIT.refused, 'does not speak CONNECT'));
    });
    request.on('connect', (response, socket: Socket, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      // Any of these means that the tunnel begins.
      if (Math.floor((response.statusCode ?? 0) / 100) === 2) {
        resolve(socket);
        return;
      }
      void refusalOf(response, socket).then((refusal) => {
        socket.destroy();
        reject(failure(EXIT.refused, refusal, HINTS[response.statusCode ?? 0]));
      });
    });
    request.end();
  });
}

/** Reads the body from the socket: Node stops after the header of an answer to CONNECT, as a tunnel may follow. */
async function refusalOf(
  { statusCode = 0, statusMessage = '', headers }: IncomingMessage,
  socket: Socket,
): Promise<string> {
  // A chunked body (RFC 9112 §7.1) begins with a line that has the length of its first chunk.
  const skipped = headers['transfer-encoding'] === undefined ? 0 : 1;
  return `answered CONNECT with HTTP ${statusCode} ${statusMessage}${andSaid(await firstBodyLine(socket, skipped))}`;
}

function authorization(proxy: URL): Readonly<Record<string, string>> {
  const pair = userInfoOf(proxy);
  return pair === undefined ? {} : { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
