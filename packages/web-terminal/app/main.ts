/** The page: a tab that is an SSH server, or a client, or both. The fragment of the URL selects the visible view. */
import { createClientView } from './client/client-view.js';
import { enableCopyButtons } from './copy-buttons.js';
import { createHostView } from './host/host-view.js';
import { enableCancelButtons, part } from './parts.js';
import { enableTheme } from './theme.js';

/** A view starts when it is first shown: a tab that is only a client must not take the host's place. */
interface View {
  readonly section: HTMLElement;
  readonly link: HTMLAnchorElement;
  readonly title: string;
  readonly start: () => { shown(): void };
  started?: { shown(): void };
}

const views: readonly View[] = [
  {
    section: part('view-host', HTMLElement),
    link: part('nav-host', HTMLAnchorElement),
    title: 'Host · Nacre',
    start: createHostView,
  },
  {
    section: part('view-client', HTMLElement),
    link: part('nav-client', HTMLAnchorElement),
    title: 'Client · Nacre',
    start: createClientView,
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
  wanted.started.shown();
}

enableTheme(part('theme', HTMLButtonElement));
enableCopyButtons(document);
enableCancelButtons();
addEventListener('hashchange', showView);
showView();
