/** The Host view: the tab's state, how visitors connect, and their sessions. */
import type { HostState } from '@nacre/web-terminal';
import { part } from '../parts.js';
import { rehearseTerminal } from '../terminal-pane.js';
import { controlAddress, fetchRelayConfig } from '../relay-config.js';
import { startHost } from './host-connection.js';
import { createSessionTabs } from './session-tabs.js';

const SECOND = 1000;
const DEFAULT_SSH_PORT = 22;

export function createHostView(): { shown(): void } {
  const fingerprint = part('host-fingerprint', HTMLElement);
  const again = part('host-again', HTMLButtonElement);
  const sessions = part('host-sessions', HTMLElement);
  const empty = part('host-empty', HTMLElement);
  const tabs = createSessionTabs({
    list: part('session-tabs', HTMLElement),
    panels: part('session-panels', HTMLElement),
    onCount: (count, live) => {
      sessions.hidden = count === 0;
      empty.hidden = count > 0;
      // Visible from the Client view too.
      part('nav-host', HTMLAnchorElement).textContent = live === 0 ? 'Host' : `Host (${live})`;
    },
  });
  const host = startHost(controlAddress(location.origin), {
    key: (text) => {
      fingerprint.textContent = text;
    },
    state: (state) => {
      showState(state.phase, describe(state));
      again.hidden = state.phase !== 'replaced';
      if (state.phase === 'registered') showCommand(state.sshPort);
    },
    session: (session) => tabs.add(session),
    failed: (message) => showState('failed', message),
  });
  again.addEventListener('click', () => host.register());
  rehearseTerminal(part('session-panels', HTMLElement));
  // The command is shown before the server is ready, so that the page does not jump.
  fetchRelayConfig().then(
    ({ sshPort }) => showCommand(sshPort),
    (error: unknown) => showState('waiting', error instanceof Error ? error.message : String(error)),
  );
  return { shown: () => tabs.shown() };
}

function showState(phase: HostState['phase'] | 'failed', text: string): void {
  part('host-state', HTMLElement).dataset['phase'] = phase;
  part('host-state-text', HTMLElement).textContent = text;
}

function showCommand(port: number): void {
  const { hostname } = location;
  const where = port === DEFAULT_SSH_PORT ? '' : `-p ${port} `;
  part('host-command', HTMLElement).textContent = `ssh ${where}demo@${hostname.replace(/^\[|\]$/g, '')}`;
}

function describe(state: HostState): string {
  switch (state.phase) {
    case 'connecting':
      return 'Connecting to the relay…';
    case 'registered':
      return 'Ready for visitors';
    case 'waiting':
      return `The relay does not answer. Trying again in ${Math.ceil(state.delay / SECOND)} s.`;
    case 'replaced':
      return 'Another tab is hosting now.';
    case 'closed':
      return 'Closed';
  }
}
