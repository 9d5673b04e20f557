/** The page: a tab that is an SSH server, or a client, or both. The fragment of the URL selects the visible view. */
import { enableCopyButtons } from './copy-buttons.js';
import { createHostView } from './host/host-view.js';
import { enableCancelButtons, part } from './parts.js';
import { enableTheme } from './theme.js';

interface StartedView {
  shown(): void;
}

/** A view starts when it is first shown: a tab that is only a client must not take the host's place. */
interface View {
  readonly section: HTMLElement;
  readonly link: HTMLAnchorElement;
  /** Where the view says how it is. */
  readonly state: HTMLElement;
  readonly title: string;
  readonly start: () => Promise<StartedView>;
  started?: Promise<StartedView>;
}

const views: readonly View[] = [
  {
    section: part('view-host', HTMLElement),
    link: part('nav-host', HTMLAnchorElement),
    state: part('host-state-text', HTMLElement),
    title: 'Host · Nacre',
    start: async () => createHostView(),
  },
  {
    section: part('view-client', HTMLElement),
    link: part('nav-client', HTMLAnchorElement),
    state: part('client-state-text', HTMLElement),
    title: 'Client · Nacre',
    // SSH is most of the page's code, and a tab that only hosts has it in its Worker.
    start: async () => (await import('./client/client-view.js')).createClientView(),
  },
];

function showView(): void {
  const wanted = views.find(({ link }) => link.hash === location.hash) ?? views[0];
  for (const view of views) {
    const isShown = view === wanted;
    view.section.hidden = !isShown;
    if (isShown) view.link.setAttribute('aria-current', 'page');
    else view.link.removeAttribute('aria-current');
  }
  if (wanted === undefined) return;
  document.title = wanted.title;
  wanted.started ??= wanted.start();
  wanted.started.then(
    (view) => view.shown(),
    (error: unknown) => {
      wanted.state.textContent = 'This part of the page could not be loaded. Reload the page.';
      throw error;
    },
  );
}

enableTheme(part('theme', HTMLButtonElement));
enableCopyButtons(document);
enableCancelButtons();
addEventListener('hashchange', showView);
showView();
