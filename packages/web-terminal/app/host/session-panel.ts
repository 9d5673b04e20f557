/** One visitor's session: who it is, their live terminal, and a button to disconnect them. */
import { attachSession, displayText, skippedNote } from '@nacre/web-terminal';
import { make, makeButton } from '../parts.js';
import { createTerminalPane } from '../terminal-pane.js';
import type { RemoteSession } from './host-connection.js';
import type { SessionSummary } from './worker-protocol.js';

export interface SessionPanel {
  readonly element: HTMLElement;
  /** For the tab. */
  readonly title: string;
  readonly isEnded: boolean;
  show(): void;
  dispose(): void;
}

export function createSessionPanel(session: RemoteSession, actions: { ended(): void; dismiss(): void }): SessionPanel {
  const { summary, tap } = session;
  let isEnded = false;
  const who = make('p', { class: 'who' }, ...describe(summary));
  const button = makeButton('Disconnect', 'small', () => (isEnded ? actions.dismiss() : session.disconnect()));
  const note = make('span', { class: 'note', role: 'status' });
  note.hidden = true;
  const screen = make('div', { class: 'screen' });
  const head = make('div', { class: 'panel-head' }, who, button);
  const element = make('div', { class: 'panel', role: 'tabpanel' }, head, screen);
  const titled = make('span');
  // Beside the rest, so that the terminal keeps its size when the note appears, if there is room.
  who.append(titled, ' ', note);
  const pane = createTerminalPane({
    screen,
    label: `Terminal of ${displayText(summary.user)}`,
    follows: 'visitor',
    onTitle: (title) => {
      titled.textContent = title === '' ? '' : ` · ${title}`;
    },
  });
  const { terminal } = pane;
  // Without a terminal, the visitor's program writes bare line feeds.
  terminal.options.convertEol = tap.pty === undefined;
  if (summary.request.type === 'subsystem')
    terminal.write(`A file transfer (${displayText(summary.request.text)}).\r\n`);
  const attached = attachSession(terminal, tap, { onShown: (bytes) => session.shown(bytes) });
  session.onSkipped = (bytes) => terminal.write(skippedNote(bytes));
  session.onEnded = () => {
    isEnded = true;
    attached.dispose();
    terminal.options.disableStdin = true;
    element.classList.add('ended');
    note.textContent = `${displayText(summary.user)} has left. This is the last screen.`;
    note.hidden = false;
    button.textContent = 'Dismiss';
    actions.ended();
  };
  return {
    element,
    title: title(summary),
    get isEnded() {
      return isEnded;
    },
    show: pane.show,
    dispose() {
      attached.dispose();
      pane.dispose();
      element.remove();
    },
  };
}

function title({ user, request }: SessionSummary): string {
  const name = displayText(user, 32);
  return request.type === 'shell' ? name : `${name}: ${displayText(request.text, 32)}`;
}

function describe({ user, address, port, software, request }: SessionSummary): readonly (Node | string)[] {
  const from = address === undefined ? 'an unknown address' : `${address}${port === undefined ? '' : ` port ${port}`}`;
  const client = displayText(software?.replace(/^SSH-2\.0-/, '') ?? '');
  const what = request.type === 'exec' ? ` · ${displayText(request.text)}` : '';
  return [make('strong', {}, displayText(user)), ` from ${from}`, client === '' ? '' : ` · ${client}`, what];
}
