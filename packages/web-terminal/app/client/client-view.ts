/** The Client view: a form, a terminal, and the state of the connection. */
import type { ProcessExit } from '@nacre/core';
import { attachClient, displayLines, displayText } from '@nacre/web-terminal';
import { part, make, makeButton } from '../parts.js';
import { fetchRelayConfig } from '../relay-config.js';
import { createTerminalPane, type TerminalPane } from '../terminal-pane.js';
import { explain, type Failure } from './failure.js';
import { forget, knownServers, serverName } from './known-servers.js';
import { openShell, type Login, type OpenedShell } from './open-shell.js';

type Phase = 'idle' | 'connecting' | 'connected' | 'failed';

export function createClientView(): { shown(): void } {
  const view = new ClientView();
  void view.loadServers();
  return { shown: () => view.shown() };
}

class ClientView {
  readonly #form = part('client-form', HTMLFormElement);
  readonly #server = part('client-server', HTMLSelectElement);
  readonly #user = part('client-user', HTMLInputElement);
  readonly #password = part('client-password', HTMLInputElement);
  readonly #connectButton = part('client-connect', HTMLButtonElement);
  readonly #disconnectButton = part('client-disconnect', HTMLButtonElement);
  readonly #reconnectButton = part('client-reconnect', HTMLButtonElement);
  readonly #screen = part('client-screen', HTMLElement);
  #pane: TerminalPane | undefined;
  #stop: AbortController | undefined;

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#begin();
    });
    this.#reconnectButton.addEventListener('click', () => this.#form.requestSubmit());
    this.#disconnectButton.addEventListener('click', () => this.#stop?.abort());
    this.#showKnown();
  }

  shown(): void {
    this.#pane?.show();
  }

  /** The page can connect only to the servers that the relay names: its content security policy allows nothing else. */
  async loadServers(): Promise<void> {
    try {
      const { servers } = await fetchRelayConfig();
      this.#server.replaceChildren(
        ...[...servers].map(([name, url]) => make('option', { value: url.href }, `${displayText(name)} — ${url.host}`)),
      );
      this.#connectButton.disabled = servers.size === 0;
      if (servers.size === 0) {
        this.#fail({
          title: 'No server to connect to',
          paragraphs: ['The relay of this page names none. Start it with --config NAME=ws://…'],
        });
      }
    } catch (error) {
      this.#connectButton.disabled = true;
      this.#fail({
        title: 'The page is not ready',
        paragraphs: [error instanceof Error ? error.message : String(error)],
      });
    }
  }

  #begin(): void {
    if (this.#stop !== undefined || !URL.canParse(this.#server.value)) return;
    const login = { url: new URL(this.#server.value), user: this.#user.value, password: this.#password.value };
    void this.#run(login).finally(() => {
      this.#stop = undefined;
      this.#showKnown();
    });
  }

  /** One connection from its beginning to its end. */
  async #run(login: Login): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    this.#enter('connecting', 'Connecting…');
    const pane = this.#freshPane(login);
    let isOpen = false;
    try {
      const opened = await openShell(login, pane.terminal, stop.signal, (text) => {
        pane.terminal.write(displayLines(text).replace(/\n/g, '\r\n'));
      });
      isOpen = true;
      this.#enter('connected', `Connected as ${displayText(login.user)}`);
      this.#showKnown();
      pane.terminal.focus();
      // On a small screen it begins below the form.
      this.#screen.scrollIntoView({ block: 'nearest' });
      await this.#converse(opened, pane);
    } catch (error) {
      const failure = stop.signal.aborted ? undefined : explain(error, serverName(login.url), isOpen);
      if (failure === undefined) this.#enter('idle', 'Not connected');
      else this.#fail(failure);
      this.#leave(pane, isOpen);
    }
  }

  async #converse({ client, shell }: OpenedShell, pane: TerminalPane): Promise<void> {
    const attached = attachClient(pane.terminal, shell);
    try {
      // If the connection ends first, its error says more than the missing exit status.
      const exit = await shell.exited;
      await attached.finished.catch((error: unknown) => {
        if (this.#stop?.signal.aborted !== true) throw error;
      });
      if (exit.exitCode === undefined && exit.signal === undefined) {
        const error = await client.closed;
        if (error !== undefined) throw error;
      }
      this.#enter('idle', this.#stop?.signal.aborted === true ? 'Disconnected' : describeExit(exit));
      this.#leave(pane, true);
    } finally {
      attached.dispose();
      client.close();
    }
  }

  /** A new connection gets a new terminal, with none of the last one's modes or screen. */
  #freshPane(login: Login): TerminalPane {
    this.#pane?.dispose();
    this.#screen.replaceChildren();
    const where = part('client-who', HTMLElement);
    const titled = make('span');
    where.replaceChildren(make('strong', {}, displayText(login.user)), ` at ${login.url.host}`, titled);
    part('client-empty', HTMLElement).hidden = true;
    part('client-panel', HTMLElement).hidden = false;
    const pane = createTerminalPane({
      screen: this.#screen,
      label: `Terminal: ${displayText(login.user)} at ${login.url.host}`,
      follows: 'place',
      onTitle: (title) => {
        titled.textContent = title === '' ? '' : ` · ${title}`;
      },
    });
    pane.show();
    this.#pane = pane;
    return pane;
  }

  #leave(pane: TerminalPane, wasOpen: boolean): void {
    pane.terminal.options.disableStdin = true;
    this.#reconnectButton.hidden = !wasOpen;
    if (wasOpen) return;
    part('client-panel', HTMLElement).hidden = true;
    part('client-empty', HTMLElement).hidden = false;
  }

  #enter(phase: Phase, text: string): void {
    part('client-state', HTMLElement).dataset['phase'] = phase;
    part('client-state-text', HTMLElement).textContent = text;
    const isBusy = phase === 'connecting' || phase === 'connected';
    this.#connectButton.hidden = isBusy;
    this.#disconnectButton.hidden = !isBusy;
    this.#disconnectButton.textContent = phase === 'connecting' ? 'Cancel' : 'Disconnect';
    for (const field of [this.#server, this.#user, this.#password]) field.disabled = isBusy;
    if (isBusy) this.#reconnectButton.hidden = true;
    if (phase !== 'failed') part('client-failure', HTMLElement).hidden = true;
  }

  #fail({ title, paragraphs }: Failure): void {
    this.#enter('failed', 'Not connected');
    const alert = part('client-failure', HTMLElement);
    alert.replaceChildren(make('h2', {}, title), ...paragraphs.map((text) => make('p', {}, text)));
    alert.hidden = false;
  }

  #showKnown(): void {
    const items = knownServers().map((server) =>
      make(
        'li',
        {},
        make('span', {}, `${server.host} port ${server.port}`),
        make('code', { class: 'wraps' }, server.fingerprint),
        makeButton('Forget', 'small', () => {
          forget(server);
          this.#showKnown();
        }),
      ),
    );
    const list = part('client-known-list', HTMLElement);
    list.replaceChildren(...(items.length > 0 ? items : [make('li', { class: 'hint' }, 'None yet.')]));
  }
}

function describeExit({ exitCode, signal }: ProcessExit): string {
  if (signal !== undefined) return `The session was ended by ${displayText(signal)}`;
  return exitCode === undefined ? 'The session ended' : `The session ended with status ${exitCode}`;
}
