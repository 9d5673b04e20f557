/** RFC 6455 §4.1: opens the WebSocket to a target, knowing at each moment which step is under way. */
import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { isLoopback } from './address.js';
import { BridgeError, type Step } from './bridge-error.js';
import { EXIT } from './exit-codes.js';
import { explainConnectError, explainRefusal, explainTimeout } from './dial-failure.js';
import { LINK_OPTIONS } from './pump.js';
import { KEEP_ALIVE_DELAY } from './tcp-listen.js';

export interface DialOptions {
  /** `ws:` or `wss:`; the path names the target. */
  readonly url: string | URL;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Limit for all steps together, in ms. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DIAL_TIMEOUT = 10_000;
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
  const progress: { step: Step } = { step: isIP(bareHost(url)) === 0 ? 'name resolution' : 'TCP connect' };
  const link = new WebSocket(
    url,
    clientOptions(url, options.token, (step) => (progress.step = step)),
  );
  const { signal, timeout = DIAL_TIMEOUT } = options;
  return new Promise((resolve, reject) => {
    const fail = (error: BridgeError): void => {
      settle();
      reject(error);
      link.terminate();
    };
    const timer = setTimeout(() => fail(explainTimeout(url, progress.step, timeout)), timeout);
    const onAbort = (): void => fail(new BridgeError(progress.step, EXIT.terminated, 'stopped', 'start it again'));
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    link.on('error', (error) => fail(explainConnectError(url, progress.step, error)));
    link.once('unexpected-response', (_request, response) => {
      void firstBodyLine(response).then((line) => fail(explainRefusal(url, response, line)));
    });
    link.once('open', () => {
      settle();
      link.removeAllListeners('error');
      link.on('error', () => undefined);
      link.pause();
      resolve(link);
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

function clientOptions(url: URL, token: string | undefined, onStep: (step: Step) => void): ClientOptions {
  const secure = url.protocol === 'wss:';
  return {
    ...LINK_OPTIONS,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    // Security: RFC 6455 §5.3 masks so that a page cannot choose the bytes that an old HTTP proxy sees. Where no proxy
    // can look (TLS, loopback) the mask is zero, which `ws` then need not apply; elsewhere `ws` makes a random one.
    ...(secure || isLoopback(url.hostname) ? { generateMask: () => undefined } : {}),
    createConnection: ((connection: TcpNetConnectOpts & ConnectionOptions) =>
      watchSteps(openSocket(connection, secure), secure, onStep)) as typeof connectTcp,
  };
}

function openSocket(connection: TcpNetConnectOpts & ConnectionOptions, secure: boolean): Socket {
  const { host = '', port } = connection;
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY };
  if (!secure) return connectTcp(options);
  // RFC 6066 §3: an IP address is not a server name.
  return connectTls({ ...connection, ...options, path: undefined, servername: isIP(host) === 0 ? host : '' });
}

function watchSteps(socket: Socket, secure: boolean, onStep: (step: Step) => void): Socket {
  socket.once('lookup', (error: Error | null) => {
    if (error === null) onStep('TCP connect');
  });
  socket.once('connect', () => onStep(secure ? 'TLS handshake' : 'WebSocket upgrade'));
  socket.once('secureConnect', () => onStep('WebSocket upgrade'));
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
