/** HTTPS_PROXY and NO_PROXY, as curl and most programs read them: which proxy, if any, a URL goes through. */
import { isIP } from 'node:net';
import { hostOf, portOf } from '../address.js';
import { usageError } from '../bridge-error.js';
import { isNetwork, parseNetworks } from './networks.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param url `ws:` or `wss:`
 * @throws BridgeError with exit code 64 if the variable is not the URL of an HTTP proxy
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const names = url.protocol === 'wss:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const name = [...names, 'all_proxy', 'ALL_PROXY'].find((each) => (environment[each] ?? '') !== '');
  if (name === undefined || isExempt(url, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return undefined;
  const text = environment[name] ?? '';
  // curl accepts HOST:PORT too.
  const full = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.canParse(full) ? new URL(full) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  // Security: the value is not repeated, as it may hold a password.
  throw usageError(`${name} is not an HTTP proxy`, 'give it as http://HOST:PORT, or unset it');
}

function isExempt(url: URL, list: string): boolean {
  const host = hostOf(url).toLowerCase();
  const port = String(portOf(url));
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (isNetwork(entry)) return isIP(host) !== 0 && parseNetworks([entry]).has(host);
  const [, name = '', entryPort] = /^\*?\.?([^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  return name !== '' && (entryPort === undefined || entryPort === port) && (host === name || host.endsWith(`.${name}`));
}
