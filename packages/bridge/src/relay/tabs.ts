/** The control WebSockets: which tab hosts, and what it is told (docs/relay-protocol.md, The control WebSocket). */
import { answerPings, keepBeating } from '../heartbeat.js';
import type { Log } from '../log.js';
import { CLOSE_REPLACED, RESUME_VERSION, type ControlMessage } from '../relay-v4/relay-names.js';
import { CLOSE } from '../websocket/close-codes.js';
import { OPEN, type Link } from '../websocket/link.js';
import type { RelayLimits } from './limits.js';

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** A link of a tab, which ends with the tab. */
export interface TabLink {
  terminate(): void;
}

/** One registered tab and the links it has dialled. */
export interface Tab {
  readonly control: Link;
  readonly links: Set<TabLink>;
}

export interface Tabs {
  /** The tab that hosts now. */
  current(): Tab | undefined;
  /** Whether there is one, or a lost one may still come back. */
  isExpected(): boolean;
  /** Makes the tab behind this socket the host. */
  register(control: Link): void;
  announce(tab: Tab, ticket: string, peer: Peer): void;
  /** Tells the tab that the relay is stopping. */
  close(): void;
}

export interface TabsOptions {
  readonly limits: RelayLimits;
  readonly sshPort: number;
  /** Called when a tab starts to host. */
  readonly onHosting: (tab: Tab) => void;
  /** Called when a tab stops hosting, whatever the cause. */
  readonly onLost: (tab: Tab) => void;
  /** Called when no tab hosts, and none is expected. */
  readonly onGone: () => void;
  readonly log: Log;
}

export function createTabs({ limits, sshPort, onHosting, onLost, onGone, log }: TabsOptions): Tabs {
  let current: Tab | undefined;
  /** Runs while a lost tab may come back. */
  let absence: NodeJS.Timeout | undefined;
  const endAbsence = (): void => {
    clearTimeout(absence);
    absence = undefined;
  };
  const retire = (tab: Tab, code: number): void => {
    if (current !== tab) return;
    current = undefined;
    onLost(tab);
    if (code === CLOSE.normal) {
      onGone();
      return;
    }
    absence = setTimeout(() => {
      endAbsence();
      onGone();
    }, limits.tabGrace).unref();
  };
  return {
    current: () => (current?.control.readyState === OPEN ? current : undefined),
    isExpected: () => current !== undefined || absence !== undefined,
    register(control) {
      const replaced = current;
      if (replaced) {
        retire(replaced, CLOSE_REPLACED);
        replaced.control.close(CLOSE_REPLACED, 'replaced: another tab registered');
      }
      endAbsence();
      const tab: Tab = { control, links: new Set() };
      current = tab;
      listenToTab(tab, limits, log);
      control.on('close', (code) => {
        retire(tab, code);
        log('info', 'tab-gone', `the tab is gone (close code ${code})`, { code });
      });
      control.resume();
      const { linkTimeout, maxLinks } = limits;
      send(control, { type: 'registered', sshPort, linkTimeout, maxLinks, resume: RESUME_VERSION });
      log('info', 'tab-registered', replaced ? 'a new tab hosts in place of the old one' : 'a tab hosts now');
      onHosting(tab);
    },
    announce: (tab, ticket, peer) => send(tab.control, { type: 'connection', ticket, peer }),
    close: () => current?.control.close(CLOSE.goingAway, 'the relay stops'),
  };
}

function listenToTab(tab: Tab, limits: RelayLimits, log: Log): void {
  const { control } = tab;
  // The link itself answers broken framing with the matching Close code, and closes.
  control.on('error', (error) => log('warn', 'tab-error', `the tab's control socket: ${error.message}`));
  control.on('message', (_message, isBinary) => {
    if (isBinary) control.close(CLOSE.unsupportedData, 'text frames only');
    else control.close(CLOSE.policyViolation, 'a tab has no messages in version 1');
  });
  answerPings(control);
  keepBeating(control, limits.pingInterval, limits.pongTimeout, () => {
    log('warn', 'tab-timeout', 'the tab does not answer any more');
    control.terminate();
    for (const link of tab.links) link.terminate();
  });
}

function send(control: Link, message: ControlMessage): void {
  control.send(JSON.stringify(message), { binary: false, compress: false });
}
