/** An xterm.js terminal as this page has them: guarded, themed, with links that ask first. */
import { displayText, guardTerminal, openWebLink, webLinks } from '@nacre/web-terminal';
import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { ask, part } from './parts.js';
import { onThemeChange, terminalTheme } from './theme.js';

const FONT_FAMILY =
  "ui-monospace, 'SF Mono', 'Cascadia Mono', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const FONT_SIZE = 14;
/** With less, some fonts lose their underscore to the next line. */
const LINE_HEIGHT = 1.15;
/** Smaller letters nobody reads: below, the place scrolls. */
const SMALLEST_FONT = 9;
const SCROLLBACK = 2000;
/** WCAG 2.2 §1.4.3, for colours that programs choose too. */
const CONTRAST = 4.5;

export interface TerminalPane {
  readonly terminal: Terminal;
  /** Puts the terminal into the page, once, and makes it as large as its place, or its letters small enough for it. */
  show(): void;
  dispose(): void;
}

export interface TerminalPaneOptions {
  readonly screen: HTMLElement;
  /** What a screen reader calls the terminal. */
  readonly label: string;
  /** `place`: columns and rows follow the place. `visitor`: they are somebody else's, and the letters shrink to fit. */
  readonly follows: 'place' | 'visitor';
  /** A program has named its window; the text is safe to show. */
  readonly onTitle?: (title: string) => void;
}

export function createTerminalPane({ screen, label, follows, onTitle }: TerminalPaneOptions): TerminalPane {
  const terminal = new Terminal({
    fontFamily: FONT_FAMILY,
    fontSize: FONT_SIZE,
    lineHeight: LINE_HEIGHT,
    scrollback: SCROLLBACK,
    minimumContrastRatio: CONTRAST,
    cursorBlink: false,
    theme: terminalTheme(),
    linkHandler: webLinks(confirmLink),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(new WebLinksAddon((_event, text) => void openWebLink(text, confirmLink)));
  guardTerminal(terminal, { replies: follows === 'place' });
  if (onTitle !== undefined) watchTitle(terminal, onTitle);
  const adapt = (): void => {
    if (screen.clientWidth === 0) return;
    if (follows === 'place') fit.fit();
    else shrink(terminal, screen);
  };
  const observer = new ResizeObserver(adapt);
  const unsubscribe = onThemeChange(() => {
    terminal.options.theme = terminalTheme();
  });
  screen.classList.toggle('fitted', follows === 'place');
  return {
    terminal,
    show() {
      if (terminal.element === undefined) {
        terminal.open(screen);
        terminal.textarea?.setAttribute('aria-label', label);
        observer.observe(screen);
        // Not before it is open: it has drawn the new size by then, because it was the first to listen.
        if (follows === 'visitor') terminal.onResize(adapt);
      }
      adapt();
    },
    dispose() {
      observer.disconnect();
      unsubscribe();
      terminal.dispose();
    },
  };
}

/** A page's first terminal takes several times as long as others, for its code is not compiled yet: so one is made while nobody waits. */
export function rehearseTerminal(place: HTMLElement): void {
  const screen = place.appendChild(document.createElement('div'));
  const pane = createTerminalPane({ screen, label: '', follows: 'visitor' });
  pane.show();
  pane.terminal.write('\r\n', () => {
    pane.dispose();
    screen.remove();
  });
}

/** A flood of titles costs one change a frame. */
function watchTitle(terminal: Terminal, onTitle: (title: string) => void): void {
  let latest: string | undefined;
  terminal.onTitleChange((title) => {
    if (latest === undefined) {
      requestAnimationFrame(() => {
        onTitle(displayText(latest ?? ''));
        latest = undefined;
      });
    }
    latest = title;
  });
}

/** Chooses the largest letters, up to the usual size, with which a line fits; below the smallest the place scrolls. */
function shrink(terminal: Terminal, screen: HTMLElement): void {
  const { element } = terminal;
  const drawn = element?.querySelector('.xterm-screen');
  const size = terminal.options.fontSize ?? FONT_SIZE;
  if (!element || !drawn || drawn.clientWidth === 0) return;
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(screen);
  const width = screen.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  const height = screen.clientHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom);
  const scrollBar = element.clientWidth - drawn.clientWidth;
  const ratio = Math.min((width - scrollBar) / drawn.clientWidth, height / drawn.clientHeight);
  const wanted = Math.max(SMALLEST_FONT, Math.min(FONT_SIZE, Math.floor(size * ratio)));
  if (wanted !== size) terminal.options.fontSize = wanted;
}

async function confirmLink(url: URL): Promise<void> {
  part('link-address', HTMLElement).textContent = url.href;
  if ((await ask(part('link-dialog', HTMLDialogElement))) === 'open') {
    window.open(url.href, '_blank', 'noopener,noreferrer');
  }
}
