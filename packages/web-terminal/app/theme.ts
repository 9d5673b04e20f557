/** Light and dark: the system's choice until the user makes one, for the page and its terminals. */
import type { ITheme } from '@xterm/xterm';

type Theme = 'light' | 'dark';

const STORED = 'nacre.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const TERMINALS: Readonly<Record<Theme, ITheme>> = {
  light: {
    background: '#fbfbfd',
    foreground: '#1f2737',
    cursor: '#3450b8',
    cursorAccent: '#ffffff',
    selectionBackground: '#cdd8fb',
    black: '#1f2737',
    red: '#b3261e',
    green: '#17704f',
    yellow: '#7d5200',
    blue: '#2b4fc4',
    magenta: '#8a3a9c',
    cyan: '#0c6c80',
    white: '#59637a',
    brightBlack: '#5d6880',
    brightRed: '#c4362d',
    brightGreen: '#1b7a57',
    brightYellow: '#8a5c00',
    brightBlue: '#3c60d8',
    brightMagenta: '#9a4aac',
    brightCyan: '#127a90',
    brightWhite: '#3c465c',
  },
  dark: {
    background: '#0c0f15',
    foreground: '#dde3ee',
    cursor: '#9db2ff',
    cursorAccent: '#0c0f15',
    selectionBackground: '#2f3d6b',
    black: '#1c212c',
    red: '#ff8f87',
    green: '#7fd6b0',
    yellow: '#f0c47a',
    blue: '#9db2ff',
    magenta: '#dfa5ec',
    cyan: '#80d5e6',
    white: '#dde3ee',
    brightBlack: '#8490a6',
    brightRed: '#ffaaa4',
    brightGreen: '#9be4c6',
    brightYellow: '#f7d69b',
    brightBlue: '#b9c8ff',
    brightMagenta: '#ebc0f4',
    brightCyan: '#a3e3f0',
    brightWhite: '#ffffff',
  },
};

function chosen(): Theme | undefined {
  const stored = localStorage.getItem(STORED);
  return stored === 'light' || stored === 'dark' ? stored : undefined;
}

function current(): Theme {
  return chosen() ?? (system.matches ? 'dark' : 'light');
}

export function terminalTheme(): ITheme {
  return TERMINALS[current()];
}

/** Calls back when the theme changes. @returns a function that ends this. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Applies the theme and lets `button` change it. */
export function enableTheme(button: HTMLButtonElement): void {
  const apply = (): void => {
    const theme = current();
    document.documentElement.dataset['theme'] = theme;
    button.textContent = theme === 'dark' ? 'Light' : 'Dark';
    button.setAttribute('aria-label', theme === 'dark' ? 'Light theme' : 'Dark theme');
    for (const listener of listeners) listener();
  };
  button.addEventListener('click', () => {
    localStorage.setItem(STORED, current() === 'dark' ? 'light' : 'dark');
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}
