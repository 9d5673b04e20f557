/** The relay's plain HTTP answers: /relay.json and the page (docs/relay-protocol.md, Addresses). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Log } from '../log.js';
import {
  checkRequest,
  checkTokenReader,
  hasAllowedOrigin,
  pathOf,
  type AllowLists,
  type Denial,
} from '../http/access.js';
import { denyRequest } from '../http/denial.js';
import { contentSecurityPolicy, securityHeaders, servePage } from './page.js';
import { HOST_PROTOCOL } from '../relay-v4/relay-names.js';
import { HOST_PATH, LINK_PATH } from './upgrade.js';

export interface SiteOptions {
  /** Called for each request, as a reload changes the lists. */
  readonly lists: () => AllowLists;
  readonly token: string;
  readonly sshPort: number;
  readonly pageDir: string | undefined;
  readonly config: Readonly<Record<string, string>>;
  readonly log: Log;
}

export function serveSite(server: Server, options: SiteOptions): void {
  const headers = securityHeaders(contentSecurityPolicy(options.config));
  server.on('request', (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value ?? '');
    const denial = checkRequest(request, options.lists()) ?? checkMethod(request);
    if (denial) denyRequest(request, response, denial, options.log);
    else void answer(request, response, options);
  });
}

function checkMethod(request: IncomingMessage): Denial | undefined {
  return request.method === 'GET' || request.method === 'HEAD'
    ? undefined
    : { status: 405, message: 'only GET and HEAD' };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: SiteOptions): Promise<void> {
  const path = pathOf(request);
  switch (path) {
    case '/relay.json':
      answerRelayJson(request, response, options);
      return;
    case HOST_PATH:
    case LINK_PATH:
      denyRequest(request, response, { status: 426, message: 'this address is for WebSockets' }, options.log);
      return;
    default: {
      const { pageDir } = options;
      const served = pageDir !== undefined && (await servePage(pageDir, path, request.method ?? 'GET', response));
      const message =
        pageDir === undefined ? 'this relay serves no page; the operator can add one with --page-dir' : 'no such page';
      if (!served) denyRequest(request, response, { status: 404, message }, options.log);
    }
  }
}

function answerRelayJson(request: IncomingMessage, response: ServerResponse, options: SiteOptions): void {
  const denial = checkTokenReader(request, options.lists());
  if (denial) {
    denyRequest(request, response, denial, options.log);
    return;
  }
  if (hasAllowedOrigin(request, options.lists())) {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
  }
  const { token, sshPort, config } = options;
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    vary: 'Origin, Sec-Fetch-Site',
  });
  response.end(JSON.stringify({ protocol: HOST_PROTOCOL, token, sshPort, config }));
}
