/** Test support: a relay on free ports, and a tab that speaks docs/relay-protocol.md with nothing but `ws`. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { relay, type Relay, type RelayOptions } from '../relay/relay.js';

export interface ControlMessage {
  readonly type: string;
  readonly ticket: string;
  readonly peer: { readonly address: string; readonly port: number };
}

export interface TestTab {
  readonly control: WebSocket;
  /** The next message that the relay sends. */
  next(): Promise<ControlMessage>;
  dialBack(ticket: string): WebSocket;
}

const FREE = { host: '127.0.0.1', port: 0 } as const;

export async function startRelay(options: Partial<RelayOptions> = {}): Promise<Relay> {
  const running = await relay({ http: FREE, ssh: FREE, ...options });
  onTestFinished(() => running.close());
  return running;
}

export function originOf({ httpPort }: Relay): string {
  return `http://localhost:${httpPort}`;
}

/** A tab whose registration has been confirmed. */
export async function openTab(running: Relay): Promise<TestTab> {
  const tab = tabOn(running, openSocket(running, '/host', ['nacre.host.v1', `nacre.token.${running.token}`]));
  await tab.next();
  return tab;
}

export function tabOn(running: Relay, control: WebSocket): TestTab {
  const queue: ControlMessage[] = [];
  let wake: (() => void) | undefined;
  control.on('message', (text) => {
    queue.push(JSON.parse(String(text)) as ControlMessage);
    wake?.();
  });
  return {
    control,
    async next() {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return queue.shift() as ControlMessage;
    },
    dialBack: (ticket) => openSocket(running, '/link', ['nacre.link.v1', `nacre.ticket.${ticket}`]),
  };
}

export function openSocket(running: Relay, path: string, protocols: readonly string[]): WebSocket {
  const socket = new WebSocket(`ws://localhost:${running.httpPort}${path}`, [...protocols], {
    origin: originOf(running),
    perMessageDeflate: false,
  });
  socket.on('error', () => undefined);
  onTestFinished(() => socket.terminate());
  return socket;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request with exactly these header fields besides Host, and an upgrade if they say so. */
export async function ask(
  running: Relay,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  const host = `localhost:${running.httpPort}`;
  const request = httpRequest({
    host: '127.0.0.1',
    port: running.httpPort,
    path,
    method,
    headers: { host, ...headers },
    agent: false,
  });
  request.end();
  const upgraded = once(request, 'upgrade').then(([response, socket]) => {
    socket.destroy();
    return response;
  });
  const [response] = await Promise.race([once(request, 'response'), upgraded.then((answer) => [answer])]);
  let body = '';
  if (response.statusCode !== 101) for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** The header fields of an upgrade as a browser sends them for a page of `origin`. */
export function upgradeHeaders(origin: string | undefined, protocols: string): Record<string, string> {
  return {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': protocols,
    ...(origin === undefined ? {} : { origin }),
  };
}
