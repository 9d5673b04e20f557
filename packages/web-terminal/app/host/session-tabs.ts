/** The visitors' sessions as tabs (WAI-ARIA Authoring Practices, Tabs pattern), each with a terminal. */
import { make } from '../parts.js';
import { createSessionPanel, type SessionPanel } from './session-panel.js';
import type { RemoteSession } from './host-connection.js';

export interface SessionTabs {
  add(session: RemoteSession): void;
  /** The view has become visible, so terminals can be measured. */
  shown(): void;
}

export interface SessionTabsOptions {
  readonly list: HTMLElement;
  readonly panels: HTMLElement;
  /** Called with the number of tabs, and how many of their sessions are live. */
  readonly onCount: (tabs: number, live: number) => void;
}

interface Tab {
  readonly button: HTMLButtonElement;
  readonly panel: SessionPanel;
}

/** Ended sessions are kept until they are dismissed; above this number the oldest makes room. */
const MAXIMUM_ENDED = 12;

export function createSessionTabs(options: SessionTabsOptions): SessionTabs {
  const { list, panels, onCount } = options;
  let tabs: readonly Tab[] = [];
  let selected: Tab | undefined;

  const count = (): void => onCount(tabs.length, tabs.filter(({ panel }) => !panel.isEnded).length);
  const select = (tab: Tab, focus: 'tab' | 'nothing' = 'nothing'): void => {
    selected = tab;
    for (const { button, panel } of tabs) {
      const isSelected = button === tab.button;
      button.setAttribute('aria-selected', String(isSelected));
      button.tabIndex = isSelected ? 0 : -1;
      panel.element.hidden = !isSelected;
    }
    tab.panel.show();
    if (focus === 'tab') tab.button.focus();
  };
  const dismiss = (tab: Tab): void => {
    const index = tabs.indexOf(tab);
    if (index < 0) return;
    const hadFocus = tab.panel.element.contains(document.activeElement) || tab.button === document.activeElement;
    tabs = tabs.filter((other) => other !== tab);
    tab.button.remove();
    tab.panel.dispose();
    const next = tabs[Math.min(index, tabs.length - 1)];
    if (selected === tab) selected = undefined;
    if (selected === undefined && next !== undefined) select(next, hadFocus ? 'tab' : 'nothing');
    count();
  };
  const present = (tab: Tab): void => {
    if (!tabs.includes(tab)) return;
    // A user who works in another session stays there.
    select(selected?.panel.element.contains(document.activeElement) ? selected : tab);
  };
  const ended = (tab: Tab): void => {
    tab.button.classList.add('ended');
    const old = tabs.filter(({ panel }) => panel.isEnded);
    if (old.length > MAXIMUM_ENDED && old[0] !== undefined) dismiss(old[0]);
    count();
  };
  list.addEventListener('keydown', (event) => moveBetween(event, tabs, selected, select, dismiss));

  return {
    add(session) {
      const tab = createTab(session, { ended: () => ended(tab), dismiss: () => dismiss(tab) });
      tab.button.addEventListener('click', () => select(tab));
      list.append(tab.button);
      panels.append(tab.panel.element);
      tab.panel.element.hidden = true;
      tabs = [...tabs, tab];
      count();
      // In a separate task: attaching a terminal takes as long as creating one, and the page must respond in between.
      setTimeout(() => present(tab));
    },
    shown: () => selected?.panel.show(),
  };
}

function createTab(session: RemoteSession, actions: { ended(): void; dismiss(): void }): Tab {
  const { id } = session.summary;
  const panel = createSessionPanel(session, actions);
  panel.element.id = `session-panel-${id}`;
  panel.element.setAttribute('aria-labelledby', `session-tab-${id}`);
  const button = make(
    'button',
    { type: 'button', role: 'tab', id: `session-tab-${id}`, 'aria-controls': panel.element.id },
    make('span', { class: 'dot live', 'aria-hidden': 'true' }),
    make('span', {}, panel.title),
  );
  return { button, panel };
}

/** Arrow keys, Home and End move; Delete dismisses an ended session. */
function moveBetween(
  event: KeyboardEvent,
  tabs: readonly Tab[],
  selected: Tab | undefined,
  select: (tab: Tab, focus: 'tab') => void,
  dismiss: (tab: Tab) => void,
): void {
  if (selected === undefined) return;
  const index = tabs.indexOf(selected);
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: (index - 1 + tabs.length) % tabs.length,
    ArrowRight: (index + 1) % tabs.length,
    Home: 0,
    End: tabs.length - 1,
  };
  if (event.key === 'Delete' && selected.panel.isEnded) dismiss(selected);
  const target = tabs[targets[event.key] ?? -1];
  if (target === undefined) return;
  event.preventDefault();
  select(target, 'tab');
}
