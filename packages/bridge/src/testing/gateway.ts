/** Test support: a gateway on a free port in front of a TCP server, and visitors that send exactly what a test wants. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { serve, type ServeOptions, type Serving } from '../serve/serve.js';
import { tcpServer } from './sockets.js';

export interface TestGateway extends Serving {
  readonly url: string;
  readonly host: string;
  /** Connections that have reached the target. */
  readonly reached: Socket[];
  readonly targetPort: number;
}

/** Its target echoes, unless the test says what to do with a connection. */
export async function startGateway(
  options: Partial<ServeOptions> = {},
  onTarget: (socket: Socket) => void = (socket) => void socket.pipe(socket),
): Promise<TestGateway> {
  const reached: Socket[] = [];
  const target = await tcpServer((socket) => {
    reached.push(socket);
    onTarget(socket);
  });
  const running = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    to: { kind: 'tcp', host: '127.0.0.1', port: target.port },
    ...options,
  });
  onTestFinished(() => running.close());
  const host = `127.0.0.1:${running.port}`;
  return { ...running, url: `ws://${host}/`, host, reached, targetPort: target.port };
}

/** Resolves to the link and the status of the answer, 101 if it opened. */
export async function openLink(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  protocols: readonly string[] = [],
): Promise<{ readonly link: WebSocket; readonly status: number }> {
  const link = new WebSocket(url, [...protocols], { headers, perMessageDeflate: false });
  link.on('error', () => undefined);
  onTestFinished(() => link.terminate());
  const refused = once(link, 'unexpected-response').then(([, response]) => Number(response.statusCode));
  const status = await Promise.race([once(link, 'open').then(() => 101), refused]);
  return { link, status };
}

export function bearer(token: string | undefined): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token ?? ''}` };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request that is not an upgrade. */
export async function ask(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false });
  request.end();
  const [response] = await once(request, 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

/** The next message, as text. */
export async function nextText(link: WebSocket): Promise<string> {
  return String((await once(link, 'message'))[0]);
}
