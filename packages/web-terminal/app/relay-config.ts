/** docs/relay-protocol.md, GET /relay.json: what the relay tells the page that it serves. */

export interface RelayConfig {
  readonly token: string;
  readonly sshPort: number;
  /** WebSocket SSH servers that the page may connect to, by name. */
  readonly servers: ReadonlyMap<string, URL>;
}

/** @throws Error with a sentence for the user if the relay does not answer as it should. */
export async function fetchRelayConfig(): Promise<RelayConfig> {
  const response = await fetch('/relay.json', { cache: 'no-store' }).catch(() => undefined);
  if (response?.ok !== true) throw new Error('The relay that serves this page does not answer.');
  const answer: unknown = await response.json().catch(() => undefined);
  if (typeof answer !== 'object' || answer === null) throw new Error('The relay’s answer has an unknown format.');
  const { token, sshPort, config } = answer as { token?: unknown; sshPort?: unknown; config?: unknown };
  if (typeof token !== 'string' || typeof sshPort !== 'number') throw new Error('The relay gave this page no token.');
  return { token, sshPort, servers: parseServers(config) };
}

function parseServers(config: unknown): ReadonlyMap<string, URL> {
  const servers = new Map<string, URL>();
  for (const [name, value] of Object.entries(typeof config === 'object' && config !== null ? config : {})) {
    if (typeof value !== 'string' || !URL.canParse(value)) continue;
    const url = new URL(value);
    if (['ws:', 'wss:'].includes(url.protocol)) servers.set(name, url);
  }
  return servers;
}

/** The control WebSocket of the relay that serves the page. */
export function controlAddress(origin: string): string {
  return new URL('/host', origin.replace(/^http/, 'ws')).href;
}
