/** The page's xterm.js terminals: guarded, themed, with links that ask first. */
import { displayText, guardTerminal, openWebLink, webLinks } from '@nacre/web-terminal';
import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { ask, part } from './parts.js';
import { onThemeChange, terminalTheme } from './theme.js';

const FONT_FAMILY =
  "ui-monospace, 'SF Mono', 'Cascadia Mono', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const FONT_SIZE = 14;
/** With less, the next line covers the underscores of some fonts. */
const LINE_HEIGHT = 1.15;
/** Smaller text is unreadable: the place scrolls instead. */
const SMALLEST_FONT = 9;
const SCROLLBACK = 2000;
/** WCAG 2.2 §1.4.3, also for colours that programs choose. */
const CONTRAST = 4.5;
/** Beside the terminal, in CSS pixels: see terminal.css. */
const SCROLL_BAR = 14;
let measuring: CanvasRenderingContext2D | null | undefined;

export interface TerminalPane {
  readonly terminal: Terminal;
  /** Puts the terminal into the page, once, and fits it to its place; or its font size to the visitor's terminal, and that soon. */
  show(): void;
  dispose(): void;
}

export interface TerminalPaneOptions {
  readonly screen: HTMLElement;
  /** The name of the terminal for screen readers. */
  readonly label: string;
  /** `place`: columns and rows follow the place. `visitor`: they are the visitor's, and the font shrinks to fit. */
  readonly follows: 'place' | 'visitor';
  /** A program has set the window title; the text is safe to show. */
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
  leaveOnShiftEscape(terminal);
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
  const open = (): void => {
    terminal.open(screen);
    terminal.textarea?.setAttribute('aria-label', label);
    terminal.textarea?.setAttribute('aria-keyshortcuts', 'Shift+Escape');
    terminal.textarea?.setAttribute('aria-description', 'Shift+Escape leaves the terminal');
    observer.observe(screen);
    if (follows === 'visitor') terminal.onResize(adapt);
  };
  let opening: ReturnType<typeof setTimeout> | undefined;
  return {
    terminal,
    show() {
      if (follows === 'place') {
        if (terminal.element === undefined) open();
        adapt();
        return;
      }
      // Before it is opened: a font size that changes afterwards means measuring and drawing all again.
      adapt();
      // A task of its own, because it takes longer than all the rest.
      if (terminal.element === undefined) opening ??= setTimeout(open);
    },
    dispose() {
      clearTimeout(opening);
      observer.disconnect();
      unsubscribe();
      terminal.dispose();
    },
  };
}

/**
 * The page's first terminal takes several times as long as later ones, until its code is compiled: makes one in advance. Each
 * step is a task of its own, so that the page can respond in between.
 */
export function rehearseTerminal(place: HTMLElement): void {
  setTimeout(() => {
    const screen = place.appendChild(document.createElement('div'));
    const pane = createTerminalPane({ screen, label: '', follows: 'visitor' });
    setTimeout(() => {
      pane.show();
      setTimeout(() =>
        pane.terminal.write('\r\n', () => {
          pane.dispose();
          screen.remove();
        }),
      );
    });
  });
}

/** WCAG 2.2 §2.1.2: a terminal takes Tab, so another key has to let the keyboard out; Tab then goes on from there. */
function leaveOnShiftEscape(terminal: Terminal): void {
  terminal.attachCustomKeyEventHandler(({ key, shiftKey }) => {
    if (key !== 'Escape' || !shiftKey) return true;
    terminal.blur();
    return false;
  });
}

/** A flood of titles costs one change per frame. */
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

/** Chooses the largest font size, up to the usual one, at which the terminal fits; below the smallest, the place scrolls. */
function shrink(terminal: Terminal, screen: HTMLElement): void {
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(screen);
  const width = screen.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight) - SCROLL_BAR;
  const height = screen.clientHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom);
  let size = FONT_SIZE;
  const fits = (cell: CellSize): boolean =>
    Math.ceil(cell.width * terminal.cols) <= width && cell.height * terminal.rows <= height;
  while (size > SMALLEST_FONT && !fits(cellSize(size))) size -= 1;
  if (size !== terminal.options.fontSize) terminal.options.fontSize = size;
}

interface CellSize {
  readonly width: number;
  readonly height: number;
}

/** How large xterm.js draws a cell, in CSS pixels. It measures in this way, too: nothing has to be drawn before. */
function cellSize(fontSize: number): CellSize {
  measuring ??= document.createElement('canvas').getContext('2d');
  if (measuring === null) return { width: 0, height: 0 };
  measuring.font = `${fontSize}px ${FONT_FAMILY}`;
  const { width, fontBoundingBoxAscent, fontBoundingBoxDescent } = measuring.measureText('W');
  const pixels = Math.ceil((fontBoundingBoxAscent + fontBoundingBoxDescent) * devicePixelRatio);
  return { width, height: Math.floor(pixels * LINE_HEIGHT) / devicePixelRatio };
}

async function confirmLink(url: URL): Promise<void> {
  part('link-address', HTMLElement).textContent = url.href;
  if ((await ask(part('link-dialog', HTMLDialogElement))) === 'open') {
    window.open(url.href, '_blank', 'noopener,noreferrer');
  }
}
