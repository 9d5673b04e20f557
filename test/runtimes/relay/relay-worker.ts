/** The relay on Durable Objects in the workerd that Cloudflare runs, hosts that register with it, and raw upgrades. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { dial } from '../../../packages/bridge/src/dial.js';
import { socketStream } from '../../../packages/bridge/src/pump.js';
import { deferred } from '../../../packages/bridge/src/testing/sockets.js';
import type { Link } from '../../../packages/bridge/src/websocket/link.js';
import { openLine } from '../../../packages/bridge/src/resume/line.js';
import type { Cleanup } from '../../interop/processes.js';
import { bundleWorker, startWorkerd, type RunningWorkerd } from '../own-worker.js';

export const HOST_TOKEN = 'a-token-of-hosts-in-tests-of-the-relay';
export const VISITOR_TOKEN = 'a-token-of-visitors-in-tests-of-the-relay';
export const ORIGIN = 'https://tab.example';

export interface RelayWorker {
  readonly port: number;
  /** What the objects have reported, each when it was made, or made again after a sleep. */
  readonly said: readonly string[];
  /** Ends the process, and starts another on the same port, with the same storage. */
  restart(): Promise<void>;
}

export async function startRelayWorker(cleanup: Cleanup): Promise<RelayWorker> {
  const folder = await bundleWorker(cleanup, 'relay');
  const said: string[] = [];
  const startAt = (port: number): Promise<RunningWorkerd> => {
    const words = [`--socket-addr=http=127.0.0.1:${port}`, `--directory-path=storage=${folder}`];
    return startWorkerd(cleanup, folder, { words, heard: (line) => void said.push(line) });
  };
  let running = await startAt(0);
  const { port } = running;
  const restart = async (): Promise<void> => {
    running.child.kill('SIGKILL');
    await once(running.child, 'close');
    running = await startAt(port);
  };
  return { port, said, restart };
}

export interface Host {
  readonly control: Link;
  readonly registered: Readonly<Record<string, unknown>>;
  /** Settles with the code of the Close that it got. */
  readonly closed: Promise<number>;
}

/** A program that hosts `name`. @param onVisitor is told each ticket */
export async function registerHost(
  cleanup: Cleanup,
  port: number,
  name: string,
  onVisitor: (ticket: string) => void,
): Promise<Host> {
  const url = `ws://127.0.0.1:${port}/${name}/host`;
  const control = await dial({ url, token: HOST_TOKEN, protocols: ['nacre.host.v1'] });
  cleanup(() => control.terminate());
  const closed = new Promise<number>((resolve) => void control.on('close', resolve));
  const registered = deferred<Readonly<Record<string, unknown>>>();
  control.on('message', (text) => {
    const message = JSON.parse(text.toString()) as { readonly type: string; readonly ticket: string };
    if (message.type === 'connection') onVisitor(message.ticket);
    else registered.resolve(message);
  });
  control.resume();
  return { control, registered: await registered.promise, closed };
}

/** Connects each visitor of a host to a TCP server. @param links the port where links are dialled: the relay, or what cuts them */
export function leadTo(target: () => number, links: number, name: string): (ticket: string) => void {
  const dialBack = async (ticket: string): Promise<void> => {
    const url = `ws://127.0.0.1:${links}/${name}/v4/connect`;
    const line = await openLine({ url, token: HOST_TOKEN, protocols: [`nacre.ticket.${ticket}`] });
    const socket = connect({ port: target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    await line.carry(socketStream(socket));
  };
  // A link that is cut before it is open is what the relay tells its visitor.
  return (ticket) => void dialBack(ticket).catch(() => undefined);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** An upgrade with exactly these fields in addition to what every one has; `upgrade: ''` asks for none. */
export async function ask(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const fields = headers['upgrade'] === '' ? {} : { ...UPGRADE, ...headers };
  const asked = request({ host: '127.0.0.1', port, path, headers: fields, agent: false });
  asked.end();
  const upgraded = once(asked, 'upgrade').then(([response, socket]) => {
    socket.destroy();
    return [response];
  });
  const [response] = await Promise.race([once(asked, 'response'), upgraded]);
  let body = '';
  if (response.statusCode !== 101) for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
