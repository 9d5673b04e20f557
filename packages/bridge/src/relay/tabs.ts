/** The control WebSockets: which tab hosts, and what it is told (docs/relay-protocol.md, The control WebSocket). */
import { answerPings, keepBeating } from '../heartbeat.js';
import type { Log } from '../log.js';
import { CLOSE_REPLACED, RESUME_VERSION, type ControlMessage } from '../relay-v4/relay-names.js';
import { OPEN, type Link } from '../websocket/link.js';
import type { RelayLimits } from './limits.js';

const CLOSE_GOING_AWAY = 1001;
const CLOSE_UNSUPPORTED_DATA = 1003;
const CLOSE_POLICY = 1008;
/** How long a stopping relay waits for the tab's answer, in ms. */
const FAREWELL_TIMEOUT = 1_000;

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** What a tab's link is to the tab. */
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
  /** Makes the tab behind this socket the one that hosts. */
  register(control: Link): void;
  announce(tab: Tab, ticket: string, peer: Peer): void;
  /** Tells the tab that the relay stops. */
  close(): void;
}

export interface TabsOptions {
  readonly limits: RelayLimits;
  readonly sshPort: number;
  /** Called when a tab hosts no more, whatever the cause. */
  readonly onGone: (tab: Tab) => void;
  readonly log: Log;
}

export function createTabs({ limits, sshPort, onGone, log }: TabsOptions): Tabs {
  let current: Tab | undefined;
  const retire = (tab: Tab): void => {
    if (current !== tab) return;
    current = undefined;
    onGone(tab);
  };
  return {
    current: () => (current?.control.readyState === OPEN ? current : undefined),
    register(control) {
      const replaced = current;
      if (replaced) {
        retire(replaced);
        replaced.control.close(CLOSE_REPLACED, 'replaced: another tab registered');
      }
      const tab: Tab = { control, links: new Set() };
      current = tab;
      listenToTab(tab, limits, log);
      control.on('close', (code) => {
        retire(tab);
        log('info', 'tab-gone', `the tab is gone (close code ${code})`, { code });
      });
      control.resume();
      const { linkTimeout, maxLinks } = limits;
      send(control, { type: 'registered', sshPort, linkTimeout, maxLinks, resume: RESUME_VERSION });
      log('info', 'tab-registered', replaced ? 'a new tab hosts in place of the old one' : 'a tab hosts now');
    },
    announce: (tab, ticket, peer) => send(tab.control, { type: 'connection', ticket, peer }),
    close() {
      const control = current?.control;
      control?.close(CLOSE_GOING_AWAY, 'the relay stops');
      if (control) setTimeout(() => control.terminate(), FAREWELL_TIMEOUT).unref();
    },
  };
}

function listenToTab(tab: Tab, limits: RelayLimits, log: Log): void {
  const { control } = tab;
  // Broken framing is answered with the Close code that fits, and then it closes.
  control.on('error', (error) => log('warn', 'tab-error', `the tab's control socket: ${error.message}`));
  control.on('message', (_message, isBinary) => {
    if (isBinary) control.close(CLOSE_UNSUPPORTED_DATA, 'text frames only');
    else control.close(CLOSE_POLICY, 'a tab has no messages in version 1');
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
