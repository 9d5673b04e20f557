/** The pictures of docs/: `SCREENSHOTS=1 npx playwright test`. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, expectOnScreen, typeInto } from './stage.js';
import { visit } from './visitor.js';
import { test } from './workerd-server.js';

const picture = (name: string): string => fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url));

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: picture(name), animations: 'disabled', caret: 'hide' });
}

test('the Host view with a visitor', async ({ open, stage, cleanup }) => {
  const page = await open('host');
  await page.setViewportSize({ width: 1180, height: 680 });
  await expect(page.locator('#host-state')).toHaveText('Ready for visitors');
  const visitor = await visit(cleanup, stage.sshPort, 'demo');
  const shell = await visitor.shell();
  await shell.printed(/demo@/);
  shell.type('ls -la\r');
  shell.type('echo "typed by the visitor" | tee note.txt | wc -c\r');
  const panel = page.locator('.panel:not([hidden])');
  await expectOnScreen(panel, /^\s*21$/m);
  await typeInto(panel, 'connection\n');
  await expectOnScreen(panel, 'server to client');
  await typeInto(panel, '# and this by the person at the page');
  await expectOnScreen(panel, /the person at the page/);
  await take(page, 'host-tab');
});

test('the Client view, logged in', async ({ open }) => {
  const page = await open('client');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 1180, height: 680 });
  await page.getByLabel('Password').fill('demo');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await take(page, 'client-host-key');
  await page.getByRole('button', { name: 'Trust and connect' }).click();
  const screen = page.locator('#client-screen');
  await expectOnScreen(screen, /demo@/);
  await typeInto(screen, 'connection\n');
  await expectOnScreen(screen, 'server to client');
  await typeInto(screen, 'seq 5 | sed s/^/line:/ | tail -2\n');
  await expectOnScreen(screen, /^line:5/m);
  await take(page, 'client-tab');
});
