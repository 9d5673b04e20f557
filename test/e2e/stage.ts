/** The stage of the browser tests: the relay with the built page, and a page that is watched. */
import { fileURLToPath } from 'node:url';
import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { relay, type Relay } from 'ssh-bridge';
import { isMissing, type Cleanup } from '../interop/processes.js';

/** The built page. */
export const PAGE = fileURLToPath(new URL('../../packages/web-terminal/dist/app', import.meta.url));
export const LOOPBACK = { host: '127.0.0.1', port: 0 } as const;

export interface Fixtures {
  readonly cleanup: Cleanup;
  /** The servers that the client tab may log in to, as the relay's operator names them. */
  readonly servers: Readonly<Record<string, string>>;
  readonly stage: Relay;
  /** The page at its address after #; no error may reach its console except those `allowed`. */
  readonly open: (view: 'host' | 'client') => Promise<Page>;
  readonly allowed: RegExp[];
}

export const test = base.extend<Fixtures>({
  // Playwright requires a pattern there, even if nothing is taken.
  // oxlint-disable-next-line no-empty-pattern
  cleanup: async ({}, use) => {
    const undos: (() => Promise<void> | void)[] = [];
    await use((undo) => undos.push(undo));
    for (const undo of undos.toReversed()) await undo();
  },
  servers: {},
  stage: async ({ cleanup, servers }, use) => {
    const started = await relay({ http: LOOPBACK, ssh: LOOPBACK, pageDir: PAGE, config: servers });
    cleanup(() => started.close());
    await use(started);
  },
  // oxlint-disable-next-line no-empty-pattern
  allowed: async ({}, use) => {
    await use([]);
  },
  open: async ({ context, stage, allowed }, use) => {
    const errors: string[] = [];
    const pages: Page[] = [];
    await use(async (view) => {
      const page = await context.newPage();
      pages.push(page);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
      });
      page.on('pageerror', ({ message }) => errors.push(message));
      await page.goto(`${stage.pageUrl}#${view}`);
      return page;
    });
    // Before the servers, because they wait for those who are still connected.
    for (const page of pages) await page.close();
    expect(errors.filter((error) => !allowed.some((pattern) => pattern.test(error)))).toEqual([]);
  },
});

test.skip(isMissing('chromium', 'ssh', 'script'), 'Chromium, ssh and script are needed');

/** What a terminal of the page shows, line by line. */
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

/** Clicks where a line of the terminal begins with `text`; the terminal itself covers its letters. */
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
