/** docs/relay-protocol.md: a host on Node, which registers with a relay and connects each ssh client to a TCP server. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { socketStream } from '../../../../packages/bridge/src/pump.js';
import { openLine } from '../../../../packages/bridge/src/resume/line.js';
import type { Cleanup } from '../../processes.js';

export interface HostOptions {
  /** Where the relay listens. */
  readonly relay: number;
  /** Where links are dialled: the relay, through whatever cuts them. */
  readonly links: number;
  /** The server that ssh clients get. */
  readonly target: number;
  readonly isResumed: boolean;
}

/** Resolves once the relay has it. */
export async function registerHost(cleanup: Cleanup, { relay, links, target, isResumed }: HostOptions): Promise<void> {
  const token = await tokenOf(relay);
  const control = new WebSocket(`ws://127.0.0.1:${relay}/host`, ['nacre.host.v1'], {
    headers: { authorization: `Bearer ${token}` },
  });
  const targets = new Set<Socket>();
  // A link that was cut would keep its target for as long as a client may come back for it.
  cleanup(() => {
    control.terminate();
    for (const socket of targets) socket.destroy();
  });
  const dialBack = async (ticket: string): Promise<void> => {
    const url = `ws://127.0.0.1:${links}${isResumed ? '/v4/connect' : '/link'}`;
    const protocols = [...(isResumed ? [] : ['nacre.link.v1']), `nacre.ticket.${ticket}`];
    const line = await openLine({ url, token, protocols, resume: isResumed });
    const socket = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    targets.add(socket);
    socket.once('close', () => targets.delete(socket));
    await line.carry(socketStream(socket));
  };
  const registered = once(control, 'message');
  control.on('message', (text) => {
    const message = JSON.parse(String(text)) as { readonly type: string; readonly ticket: string };
    // A link that fails before it is open is dialled once more: if the relay has not seen it, the ticket is still valid.
    const { type, ticket } = message;
    if (type === 'connection') dialBack(ticket).catch(() => dialBack(ticket).catch(() => undefined));
  });
  await registered;
}

/** As the relay's own page asks for it. */
async function tokenOf(relay: number): Promise<string> {
  const asked = request({
    host: '127.0.0.1',
    port: relay,
    path: '/relay.json',
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  asked.end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return (JSON.parse(body) as { readonly token: string }).token;
}
