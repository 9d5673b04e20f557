/** What the browser tests play on: the relay with the built page, an SSH server over WebSocket, a page that is watched. */
import { fileURLToPath } from 'node:url';
import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { relay, type Relay } from 'ssh-bridge';
import { isMissing, type Cleanup } from '../interop/processes.js';
import { startWebSocketServer, type WebSocketServer } from './web-socket-server.js';

const PAGE = fileURLToPath(new URL('../../packages/web-terminal/dist/app', import.meta.url));
const LOOPBACK = { host: '127.0.0.1', port: 0 } as const;

export interface Stage {
  readonly relay: Relay;
  /** What the client tab logs in to. */
  readonly server: WebSocketServer;
}

interface Fixtures {
  readonly cleanup: Cleanup;
  readonly stage: Stage;
  /** The page at its address after #; no error may reach its console but those that are `allowed`. */
  readonly open: (view: 'host' | 'client') => Promise<Page>;
  readonly allowed: RegExp[];
}

export const test = base.extend<Fixtures>({
  // Playwright wants a pattern there, even where nothing is taken.
  // oxlint-disable-next-line no-empty-pattern
  cleanup: async ({}, use) => {
    const undos: (() => Promise<void> | void)[] = [];
    await use((undo) => undos.push(undo));
    for (const undo of undos.toReversed()) await undo();
  },
  stage: async ({ cleanup }, use) => {
    const server = await startWebSocketServer(cleanup);
    const started = await relay({ http: LOOPBACK, ssh: LOOPBACK, pageDir: PAGE, config: { workerd: server.url } });
    cleanup(() => started.close());
    await use({ relay: started, server });
  },
  // oxlint-disable-next-line no-empty-pattern
  allowed: async ({}, use) => {
    await use([]);
  },
  open: async ({ context, stage, allowed }, use) => {
    const errors: string[] = [];
    await use(async (view) => {
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
      });
      page.on('pageerror', ({ message }) => errors.push(message));
      await page.goto(`${stage.relay.pageUrl}#${view}`);
      return page;
    });
    expect(errors.filter((error) => !allowed.some((pattern) => pattern.test(error)))).toEqual([]);
  },
});

test.skip(isMissing('chromium', 'ssh', 'script'), 'Chromium, ssh and script are needed');

/** What a terminal of the page shows, a line each. */
export async function screenText(terminal: Locator): Promise<string> {
  const rows = await terminal.locator('.xterm-rows > div').allTextContents();
  return rows.map((row) => row.replaceAll(' ', ' ').trimEnd()).join('\n');
}

export async function expectOnScreen(terminal: Locator, text: string | RegExp): Promise<void> {
  await expect.poll(() => screenText(terminal)).toMatch(text);
}

/** Types as a person does, into the terminal. */
export async function typeInto(terminal: Locator, keys: string): Promise<void> {
  await terminal.locator('.xterm-helper-textarea').focus();
  await terminal.page().keyboard.type(keys);
}

/** Clicks where a line of the terminal begins with `text`; the terminal itself lies over its letters. */
export async function clickText(terminal: Locator, text: string): Promise<void> {
  const row = terminal.locator('.xterm-rows > div', { hasText: new RegExp(`^${text}`) });
  const box = await row.boundingBox();
  if (box === null) throw new Error(`the terminal shows no ${text}`);
  const { mouse } = terminal.page();
  await mouse.move(box.x + 20, box.y + box.height / 2);
  await mouse.move(box.x + 24, box.y + box.height / 2);
  await mouse.down();
  await mouse.up();
}

export { expect };
