/** The Client view: SSH ends in the page. Host keys are learnt and enforced, logins are made, shells run. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, expectOnScreen, screenText, typeInto } from './stage.js';
import { test } from './workerd-server.js';

const state = (page: Page) => page.locator('#client-state');
const failure = (page: Page) => page.getByRole('alert');
const screen = (page: Page) => page.locator('#client-screen');
const hostKeyDialog = (page: Page) => page.getByRole('dialog', { name: 'Is this the server you mean?' });

async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
}

async function trustAndLogIn(page: Page, user = 'demo', password = 'demo'): Promise<void> {
  await logIn(page, user, password);
  await hostKeyDialog(page).getByRole('button', { name: 'Trust and connect' }).click();
}

test('asks about the host key once, logs in, runs a command, and the server sees the window change', async ({
  open,
  server,
}) => {
  const page = await open('client');
  await logIn(page, 'demo', 'demo');
  await expect(hostKeyDialog(page)).toContainText(server.fingerprint());
  await hostKeyDialog(page).getByRole('button', { name: 'Trust and connect' }).click();
  await expect(state(page)).toHaveText('Connected as demo');
  await expectOnScreen(screen(page), /demo@/);
  await typeInto(screen(page), 'echo $((6 * 7)) | sed s/^/answer:/\n');
  await expectOnScreen(screen(page), 'answer:42');

  await page.setViewportSize({ width: 900, height: 560 });
  await typeInto(screen(page), 'clear; pty\n');
  await expectOnScreen(screen(page), /size: \d+x\d+/);
  const rows = await screen(page).locator('.xterm-rows > div').count();
  const [, columns, seenRows] = /size: (\d+)x(\d+)/.exec(await screenText(screen(page))) ?? [];
  expect(Number(seenRows)).toBe(rows);
  expect(Number(columns)).toBeLessThan(80);

  await typeInto(screen(page), 'exit 3\n');
  await expect(state(page)).toHaveText('The session ended with status 3');
  await page.getByRole('button', { name: 'Reconnect' }).click();
  await expect(state(page)).toHaveText('Connected as demo');
  await expect(hostKeyDialog(page)).toHaveCount(0);
});

test('says so if its code cannot be loaded', async ({ context, open, allowed }) => {
  allowed.push(/Failed to load resource/, /Failed to fetch dynamically imported module/);
  const code = '**/client-view-*.js';
  await context.route(code, (route) => route.abort());
  const page = await open('client');
  await expect(state(page)).toHaveText('This part of the page could not be loaded. Reload the page.');
  await expect(page.getByRole('button', { name: 'Connect', exact: true })).toBeDisabled();
  await context.unroute(code);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Connect', exact: true })).toBeEnabled();
});

test('does not connect where the key is not trusted, and asks again', async ({ open }) => {
  const page = await open('client');
  await logIn(page, 'demo', 'demo');
  await hostKeyDialog(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(failure(page)).toContainText('The server’s key was not trusted.');
  await trustAndLogIn(page);
  await expect(state(page)).toHaveText('Connected as demo');
});

test('refuses a changed host key, without a way past it but to forget the old one', async ({ open, server }) => {
  const page = await open('client');
  await trustAndLogIn(page);
  await expect(state(page)).toHaveText('Connected as demo');
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await server.changeHostKey();
  await logIn(page, 'demo', 'demo');
  await expect(failure(page)).toContainText('The server’s key has changed. Connection refused.');
  await expect(failure(page)).toContainText(server.fingerprint());
  await expect(failure(page).getByRole('button')).toHaveCount(0);
  await expect(hostKeyDialog(page)).toHaveCount(0);
  await page.reload();
  await logIn(page, 'demo', 'demo');
  await expect(failure(page)).toContainText('Connection refused.');

  await page.getByText('Known servers', { exact: true }).click();
  await page.getByRole('button', { name: 'Forget' }).click();
  await logIn(page, 'demo', 'demo');
  await expect(hostKeyDialog(page)).toContainText(server.fingerprint());
});

test('says so when the password is wrong, and the next one is tried', async ({ open }) => {
  const page = await open('client');
  await trustAndLogIn(page, 'demo', 'wrong');
  await expect(failure(page)).toContainText('User name or password is wrong.');
  await logIn(page, 'demo', 'demo');
  await expect(state(page)).toHaveText('Connected as demo');
});

test('answers a server’s questions, hidden where they are secret', async ({ open }) => {
  const page = await open('client');
  await trustAndLogIn(page, 'otp', '');
  const questions = page.getByRole('dialog', { name: 'The server asks' });
  await expect(questions.getByLabel('Password:')).toHaveAttribute('type', 'password');
  await expect(questions.getByLabel('Token:')).toHaveAttribute('type', 'text');
  await questions.getByLabel('Password:').fill('demo');
  await questions.getByLabel('Token:').fill('123456');
  await questions.getByLabel('Token:').press('Enter');
  await expect(state(page)).toHaveText('Connected as otp');
});

test('says so when no server answers, and when one goes away', async ({ open, server, allowed }) => {
  allowed.push(/WebSocket connection to 'ws:.*' failed/);
  const page = await open('client');
  await trustAndLogIn(page, 'guest', '');
  await expect(state(page)).toHaveText('Connected as guest');
  await server.stop();
  await expect(failure(page)).toContainText('The connection was lost');
  await page.getByRole('button', { name: 'Reconnect' }).click();
  await expect(failure(page)).toContainText('Is the server running?');
});

test('a connection can be cancelled while it is being made, and ended when it is there', async ({ open }) => {
  const page = await open('client');
  await trustAndLogIn(page, 'guest', '');
  await expect(state(page)).toHaveText('Connected as guest');
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await expect(state(page)).toHaveText('Disconnected');
  await expect(failure(page)).toHaveCount(0);
});

test('a tab that is only a client leaves the host’s place alone', async ({ open }) => {
  const host = await open('host');
  await expect(host.locator('#host-state')).toHaveText('Ready for visitors');
  const client = await open('client');
  await trustAndLogIn(client);
  await expect(state(client)).toHaveText('Connected as demo');
  await expect(host.locator('#host-state')).toHaveText('Ready for visitors');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`has no serious accessibility problem (${colorScheme})`, async ({ open, server }) => {
    const page = await open('client');
    // Colours in transition between two schemes belong to neither.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const scan = async (): Promise<readonly string[]> => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    };
    expect(await scan()).toEqual([]);
    await logIn(page, 'demo', 'demo');
    await expect(hostKeyDialog(page)).toBeVisible();
    expect(await scan()).toEqual([]);
    await page.getByRole('button', { name: 'Trust and connect' }).click();
    await expectOnScreen(screen(page), /demo@/);
    expect(await scan()).toEqual([]);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await server.changeHostKey();
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await expect(failure(page)).toBeVisible();
    await page.getByText('Known servers', { exact: true }).click();
    expect(await scan()).toEqual([]);
  });
}

test('works with the keyboard alone', async ({ open }) => {
  const page = await open('client');
  await expect(page.getByRole('button', { name: 'Connect', exact: true })).toBeEnabled();
  await page.getByLabel('User').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.type('demo');
  await page.keyboard.press('Enter');
  await expect(hostKeyDialog(page)).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(state(page)).toHaveText('Connected as demo');
  await page.keyboard.type('echo typed-at-once\n');
  await expectOnScreen(screen(page), /^typed-at-once/m);
  // Tab and Escape belong to the program in the terminal.
  const terminal = screen(page).getByRole('textbox');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(terminal).toBeFocused();
  await page.keyboard.press('Shift+Escape');
  await page.keyboard.press('Shift+Tab');
  await expect(terminal).not.toBeFocused();
  await expect(page.locator(':focus')).toHaveText('Known servers');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(state(page)).toHaveText('Disconnected');
});

test('fits a window of 360 pixels', async ({ open }) => {
  const page = await open('client');
  await page.setViewportSize({ width: 360, height: 740 });
  await trustAndLogIn(page);
  await expect(state(page)).toHaveText('Connected as demo');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const stageBox = await page.locator('.view:not([hidden]) .stage').boundingBox();
  expect(stageBox?.width).toBeGreaterThan(300);
});
