/** RFC 6455 §4.1: opens the WebSocket to a target, knowing at each moment which step is under way. */
import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { isLoopback } from './address.js';
import { BridgeError, type Step } from './bridge-error.js';
import { EXIT } from './exit-codes.js';
import { explainConnectError, explainRefusal, explainTimeout } from './dial-failure.js';
import { keepBeating } from './heartbeat.js';
import { noLog, type Log } from './log.js';
import { connectThrough } from './net/http-connect.js';
import { LINK_OPTIONS } from './pump.js';
import { KEEP_ALIVE_DELAY } from './tcp-listen.js';

export interface DialOptions {
  /** `ws:` or `wss:`; the path names the target. */
  readonly url: string | URL;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Asked for at each connection, since they may expire; the token wins over an `authorization` of theirs. */
  readonly headers?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[] | undefined;
  readonly tls?: DialTls | undefined;
  /** An HTTP proxy to go through with CONNECT. */
  readonly proxy?: URL | undefined;
  /** Limit for all steps together, in ms. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told each step, as `debug` records. */
  readonly log?: Log | undefined;
}

/** PEM; certificates are always verified. */
export interface DialTls {
  /** Who may have signed the server's certificate, instead of the system's list. */
  readonly ca?: string | undefined;
  /** What the server may ask for (mutual TLS). */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const DIAL_TIMEOUT = 10_000;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
/** Both in ms. Balancers drop a connection that is silent for 30 to 60 s. */
const PING_INTERVAL = 25_000;
const PONG_TIMEOUT = 20_000;
/** How much of a refusing server's body is read, in bytes, and for how long, in ms. */
const REFUSAL_BODY_LIMIT = 1024;
const REFUSAL_BODY_TIMEOUT = 1_000;

/** @throws BridgeError with exit code 64 */
export function parseTarget(text: string | URL): URL {
  const url = URL.canParse(String(text)) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) {
    throw new BridgeError(
      'usage',
      EXIT.usage,
      `"${String(text)}" is not a WebSocket URL`,
      'give one like wss://host/path or ws://localhost:8080/',
    );
  }
  if (url.hash !== '') {
    throw new BridgeError(
      'usage',
      EXIT.usage,
      'a WebSocket URL has no #fragment',
      `try ${url.href.slice(0, url.href.indexOf('#'))}`,
    );
  }
  return url;
}

/**
 * Resolves to an open link that is paused; `pump` resumes it.
 *
 * @throws BridgeError
 */
export async function dial(options: DialOptions): Promise<WebSocket> {
  const url = parseTarget(options.url);
  assertToken(options.token);
  const headers = { ...(await options.headers?.()), ...bearer(options.token) };
  const tunnel = options.proxy && (await openTunnel(url, options.proxy, options));
  const { log = noLog } = options;
  const progress = createProgress(firstStep(url, tunnel), url.host, log);
  const link = new WebSocket(url, [...(options.protocols ?? [])], {
    ...clientOptions(url, options.tls, tunnel, progress),
    headers,
  });
  try {
    await opened(link, url, progress, options);
    keepBeating(link, PING_INTERVAL, PONG_TIMEOUT, () => link.terminate());
    return link;
  } catch (error) {
    link.terminate();
    throw error;
  }
}

async function openTunnel(url: URL, proxy: URL, { timeout = DIAL_TIMEOUT, signal }: DialOptions): Promise<Socket> {
  const deadline = AbortSignal.timeout(timeout);
  const port = Number(url.port || (url.protocol === 'wss:' ? HTTPS_PORT : HTTP_PORT));
  try {
    const ends = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    return await connectThrough(proxy, bareHost(url), port, ends);
  } catch (error) {
    throw deadline.aborted ? explainTimeout(url, 'HTTP proxy', timeout) : error;
  }
}

function firstStep(url: URL, tunnel: Socket | undefined): Step {
  if (tunnel) return url.protocol === 'wss:' ? 'TLS handshake' : 'WebSocket upgrade';
  return isIP(bareHost(url)) === 0 ? 'name resolution' : 'TCP connect';
}

/** Which step is under way. */
interface Progress {
  readonly step: Step;
  reach(step: Step): void;
}

function createProgress(first: Step, host: string, log: Log): Progress {
  let step = first;
  const tell = (): void => log('debug', 'dial-step', `${host}: ${step}`, { step });
  tell();
  return {
    get step() {
      return step;
    },
    reach(next) {
      step = next;
      tell();
    },
  };
}

function opened(
  link: WebSocket,
  url: URL,
  progress: Progress,
  { signal, timeout = DIAL_TIMEOUT }: DialOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: BridgeError): void => settle(() => reject(error));
    const timer = setTimeout(() => fail(explainTimeout(url, progress.step, timeout)), timeout);
    const onAbort = (): void => fail(new BridgeError(progress.step, EXIT.terminated, 'stopped', 'start it again'));
    signal?.addEventListener('abort', onAbort, { once: true });
    // It stays: what fails after the link is open is seen at its end.
    link.on('error', (error) => fail(explainConnectError(url, progress.step, error)));
    link.once('unexpected-response', (_request, response) => {
      void firstBodyLine(response).then((line) => fail(explainRefusal(url, response, line)));
    });
    link.once('open', () => {
      // At once: what the server sent behind its answer waits for the pump.
      link.pause();
      settle(resolve);
    });
    if (signal?.aborted === true) onAbort();
  });
}

function assertToken(token: string | undefined): void {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return;
  throw new BridgeError(
    'usage',
    EXIT.usage,
    'the token has blanks or characters that a header cannot carry',
    'check the file or variable it comes from',
  );
}

function bearer(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function clientOptions(
  url: URL,
  tls: DialTls | undefined,
  tunnel: Socket | undefined,
  progress: Progress,
): ClientOptions {
  const secure = url.protocol === 'wss:';
  return {
    ...LINK_OPTIONS,
    // Security: RFC 6455 §5.3 masks so that a page cannot choose the bytes that an old HTTP proxy sees. Where no proxy
    // can look (TLS, loopback) the mask is zero, which `ws` then need not apply; elsewhere `ws` makes a random one.
    ...(secure || (isLoopback(url.hostname) && tunnel === undefined) ? { generateMask: () => undefined } : {}),
    createConnection: ((connection: TcpNetConnectOpts & ConnectionOptions) =>
      watchSteps(
        openSocket(connection, secure ? (tls ?? {}) : undefined, tunnel),
        secure,
        progress,
      )) as typeof connectTcp,
  };
}

function openSocket(
  connection: TcpNetConnectOpts & ConnectionOptions,
  tls: DialTls | undefined,
  tunnel: Socket | undefined,
): Socket {
  const { host = '', port } = connection;
  tunnel?.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY);
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY };
  if (tls === undefined) return tunnel ?? connectTcp(options);
  const through = tunnel ? { socket: tunnel } : {};
  // RFC 6066 §3: an IP address is not a server name.
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({ ...connection, ...options, ...tls, ...through, path: undefined, servername });
}

function watchSteps(socket: Socket, secure: boolean, progress: Progress): Socket {
  socket.once('lookup', (error: Error | null) => {
    if (error === null) progress.reach('TCP connect');
  });
  socket.once('connect', () => progress.reach(secure ? 'TLS handshake' : 'WebSocket upgrade'));
  socket.once('secureConnect', () => progress.reach('WebSocket upgrade'));
  return socket;
}

/** The first line of a body that says something, as far as it arrives soon. */
function firstBodyLine(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let body = '';
    const timer = setTimeout(() => finish(), REFUSAL_BODY_TIMEOUT);
    const finish = (): void => {
      clearTimeout(timer);
      resolve(body.split('\n').find((line) => line.trim() !== '') ?? '');
    };
    response.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8', 0, REFUSAL_BODY_LIMIT);
      if (body.length >= REFUSAL_BODY_LIMIT) finish();
    });
    response.once('end', finish);
    response.once('error', finish);
  });
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
