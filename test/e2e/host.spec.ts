/** The Host view: stock ssh reaches a server that runs in the tab, and the person at the tab watches and types along. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { relay } from 'ssh-bridge';
import type { Terminal } from '../interop/terminal.js';
import { longestTaskDuring } from '../longest-task.mjs';
import { clickText, expect, expectOnScreen, LOOPBACK, PAGE, screenText, test as base, typeInto } from './stage.js';
import { visit, type Visitor } from './visitor.js';

interface HostFixtures {
  /** The page in its Host view, ready for visitors. */
  readonly page: Page;
  /** The user `guest`, who needs no password, outside a tab that is ready. */
  readonly visitor: Visitor;
  /** The visitor's shell, which waits for a command. */
  readonly shell: Terminal;
}

const test = base.extend<HostFixtures>({
  page: async ({ open }, use) => {
    const page = await open('host');
    await registered(page);
    await use(page);
  },
  visitor: async ({ cleanup, stage, page: _ready }, use) => {
    await use(await visit(cleanup, stage.sshPort, 'guest'));
  },
  shell: async ({ visitor }, use) => {
    const shell = await visitor.shell();
    await shell.printed(/guest@/);
    await use(shell);
  },
});

const MIB = 1024 * 1024;

const registered = (page: Page): Promise<void> => expect(page.locator('#host-state')).toHaveText('Ready for visitors');
const hasAllInSight = (place: Element): boolean => place.scrollWidth <= place.clientWidth;
const panel = (page: Page) => page.locator('.panel:not([hidden])');

test('says how to come in, and a reload keeps the host key', async ({ page, stage }) => {
  await expect(page.locator('#host-command')).toHaveText(`ssh -p ${stage.sshPort} demo@localhost`);
  await expect(page.getByRole('heading', { name: 'Nobody is here yet' })).toBeVisible();
  const fingerprint = await page.locator('#host-fingerprint').textContent();
  expect(fingerprint).toMatch(/^SHA256:[\w+/]{43}$/);
  await page.reload();
  await registered(page);
  await expect(page.locator('#host-fingerprint')).toHaveText(fingerprint ?? '');
});

test('copies the command', async ({ context, page, stage }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('#host-command-copy').click();
  await expect(page.locator('#host-command-copy')).toHaveText('Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`ssh -p ${stage.sshPort} demo@localhost`);
});

test('keys typed on either side show on both, and the session ends with its status', async ({
  page,
  stage,
  cleanup,
}) => {
  const visitor = await visit(cleanup, stage.sshPort, 'demo');
  const shell = await visitor.shell();
  await shell.printed(/demo@/);
  expect(await visitor.learntFingerprint()).toBe(await page.locator('#host-fingerprint').textContent());
  await expect(panel(page).locator('.who')).toContainText('demo from 127.0.0.1');
  await expect(panel(page).locator('.who')).toContainText('OpenSSH');

  shell.type('echo from-the-visitor | tr a-z A-Z\r');
  await shell.printed(/FROM-THE-VISITOR/);
  await expectOnScreen(panel(page), 'FROM-THE-VISITOR');
  await typeInto(panel(page), 'echo from-the-page | tr a-z A-Z\n');
  await shell.printed(/FROM-THE-PAGE/);
  await expectOnScreen(panel(page), 'FROM-THE-PAGE');

  shell.type('exit 3\r');
  expect((await shell.finished).code).toBe(3);
  await expect(panel(page).locator('.note')).toHaveText('demo has left. This is the last screen.');
  expect(await screenText(panel(page))).toContain('FROM-THE-PAGE');
  await panel(page).getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByRole('heading', { name: 'Nobody is here yet' })).toBeVisible();
});

test('the code of the client is loaded when its view is shown, not before', async ({ page }) => {
  const loaded = (): Promise<readonly string[]> =>
    page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  const client = expect.stringContaining('/client-view-');
  expect(await loaded()).not.toContainEqual(client);
  await page.getByRole('link', { name: 'Client' }).click();
  await expect(page.getByRole('alert')).toContainText('No server to connect to');
  expect(await loaded()).toContainEqual(client);
});

test('connections that are broken off at once, from many addresses: no WebSocket of the page fails, and ssh gets in', async ({
  visitor,
  stage,
}) => {
  // Chromium would delay each WebSocket of the page by seconds from now on, if these failed. They would be errors of the console.
  await Promise.all(Array.from({ length: 200 }, (_, index) => breakOff(stage.sshPort, `127.0.1.${1 + (index % 20)}`)));
  const shell = await visitor.shell();
  await shell.printed(/guest@/);
});

/** Connects as an ssh client and leaves. */
async function breakOff(port: number, localAddress: string): Promise<void> {
  const client = connect({ port, host: '127.0.0.1', localAddress });
  await once(client, 'connect');
  client.destroy();
}

test('the terminal of the page takes on the size of the visitor’s', async ({ page, shell }) => {
  const rows = panel(page).locator('.xterm-rows > div');
  await expect(rows).toHaveCount(24);
  await shell.resize(100, 31);
  await expect(rows).toHaveCount(31);
  shell.type('pty\r');
  await shell.printed(/size: 100x31/);
  await expectOnScreen(panel(page), 'size: 100x31');
  expect(await panel(page).locator('.screen').evaluate(hasAllInSight)).toBe(true);
  const letters = await panel(page).locator('.xterm-screen').boundingBox();
  const scrollBar = await panel(page).locator('.scrollbar.vertical').boundingBox();
  expect(scrollBar?.x).toBeGreaterThanOrEqual(letters!.x + letters!.width);
});

test('serves commands beside a shell, each in its own tab, and the keyboard reaches them', async ({
  page,
  visitor,
  shell,
}) => {
  const command = await visitor.run('echo hi; echo err >&2; exit 5');
  expect(command).toMatchObject({ code: 5, stderr: 'err\n' });
  expect(command.stdout.toString()).toBe('hi\n');

  const tabs = page.getByRole('tab');
  await expect(tabs).toHaveCount(2);
  await tabs.nth(1).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(tabs.nth(0)).toBeFocused();
  await expect(tabs.nth(0)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('End');
  await expect(panel(page).locator('.who')).toContainText('echo hi');
  await expectOnScreen(panel(page), /hi\nerr/);
  await page.keyboard.press('Delete');
  await expect(tabs).toHaveCount(1);
  await panel(page).getByRole('button', { name: 'Disconnect' }).click();
  expect((await shell.finished).code).toBe(255);
  await expect(panel(page).locator('.note')).toContainText('guest has left');
});

test('a terminal is made before the first visitor comes, and nothing is left of it', async ({ context, open }) => {
  await context.addInitScript(() => {
    const made = new Set<Node>();
    Reflect.set(globalThis, 'made', made);
    const look = (): void =>
      document.querySelectorAll('#session-panels .xterm').forEach((terminal) => made.add(terminal));
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  });
  const page = await open('host');
  await registered(page);
  const made = await page.evaluateHandle((): Set<Node> => Reflect.get(globalThis, 'made'));
  await expect.poll(() => made.evaluate(({ size }) => size)).toBe(1);
  await expect(page.locator('#session-panels > *')).toHaveCount(0);
});

test('other sessions leave the one that somebody works in alone, and the oldest of many that have ended makes room', async ({
  page,
  visitor,
  shell: _shell,
}) => {
  const tabs = page.getByRole('tab');
  await expect(tabs).toHaveCount(1);
  await panel(page).getByRole('textbox').focus();
  await visitor.run('echo first');
  await expect(tabs).toHaveText([/^guest$/, /echo first/]);
  // A server lets only so many in from one place at a time.
  for (let batch = 0; batch < 4; batch += 1)
    await Promise.all(Array.from({ length: 3 }, () => visitor.run('echo later')));
  await expect(page.locator('[role=tab].ended')).toHaveCount(12);
  await expect(tabs.filter({ hasText: 'echo first' })).toHaveCount(0);
  await expect(tabs.first()).toHaveAttribute('aria-selected', 'true');
  await expect(panel(page).getByRole('textbox')).toBeFocused();
});

test('the shell in the tab can do what it can elsewhere: compress, decode', async ({ visitor }) => {
  const { stdout, stderr } = await visitor.run(
    'seq 1000 > n; gzip -k n; gunzip -c n.gz | tail -1; echo aGk= | base64 -d',
  );
  expect(stderr).toBe('');
  expect(stdout.toString()).toBe('1000\nhi');
});

test('what a visitor prints stays text: no markup, no clipboard, no title that lies', async ({
  context,
  page,
  shell,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('untouched'));
  const sequences = [
    '\\033]0;<img src=x onerror=alert(1)>\\u202etitle\\007',
    '\\033]52;c;c3RvbGVu\\007',
    '\\033]8;;javascript:alert(1)\\007bad-link\\033]8;;\\007\\n',
    '\\033]8;;https://example.org/\\007good-link\\033]8;;\\007\\n',
  ];
  shell.type(`printf '${sequences.join('')}<b>bold</b>\\n'\r`);
  await expectOnScreen(panel(page), /^<b>bold<\/b>/m);
  await expect(panel(page).locator('.who')).toContainText('<img src=x onerror=alert(1)> title');
  await clickText(panel(page), 'bad-link');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await clickText(panel(page), 'good-link');
  await expect(page.getByRole('dialog')).toContainText('https://example.org/');
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('untouched');
  expect(await page.locator('.panel img, .panel b').count()).toBe(0);
});

test('a newer tab takes the host’s place, and the older one can take it back', async ({ open }) => {
  const first = await open('host');
  await registered(first);
  const second = await open('host');
  await registered(second);
  await expect(first.locator('#host-state')).toHaveText('Another tab is hosting now.');
  await first.getByRole('button', { name: 'Host here again' }).click();
  await registered(first);
  await expect(second.locator('#host-state')).toHaveText('Another tab is hosting now.');
});

test('a visitor who comes while the page is away for a moment waits for it', async ({ page, visitor }) => {
  const address = page.url();
  await page.goto('about:blank');
  const waiting = visitor.run('echo served');
  await page.goto(address);
  const { code, stdout, stderr } = await waiting;
  expect([code, stdout.toString(), stderr]).toEqual([0, 'served\n', '']);
});

test('registers again with a relay that was restarted', async ({ page, stage, cleanup, allowed }) => {
  allowed.push(/WebSocket connection to .* failed/, /Failed to load resource/);
  await stage.close();
  await expect(page.locator('#host-state')).toContainText('The relay does not answer.');
  const ports = { http: { ...LOOPBACK, port: stage.httpPort }, ssh: { ...LOOPBACK, port: stage.sshPort } };
  const restarted = await relay({ ...ports, pageDir: PAGE });
  cleanup(() => restarted.close());
  await registered(page);
  const { stdout } = await (await visit(cleanup, restarted.sshPort, 'guest')).run('echo back');
  expect(stdout.toString()).toBe('back\n');
});

test('a large transfer does not hold the page up: only its beginning is shown, and no task of the page is long', async ({
  browser,
  page,
  visitor,
}) => {
  const { cpu } = await longestTaskDuring(browser, async () => {
    const down = await visitor.run('zero 32');
    expect([down.code, down.stdout.length]).toEqual([0, 32 * MIB]);
    await expectOnScreen(panel(page), '[31.9 MiB not shown]');
    const up = await visitor.run('sink', new Uint8Array(32 * MIB));
    expect(up.code).toBe(0);
    await expect(panel(page).locator('.note')).toBeVisible();
  });
  // Ten times what the longest takes, in which a terminal is opened.
  expect(cpu).toBeLessThan(200);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`with ${colorScheme} colours`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test('has no serious accessibility problem', async ({ page, visitor }) => {
      const scan = async (): Promise<readonly string[]> => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      };
      expect(await scan()).toEqual([]);
      const shell = await visitor.shell();
      await shell.printed(/guest@/);
      await expect(page.getByRole('tab')).toHaveCount(1);
      expect(await scan()).toEqual([]);
    });
  });
}

test.describe('in a window of 360 pixels', () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test('has room for a terminal, and nothing hangs out', async ({ page, shell: _shell }) => {
    await expect(page.getByRole('tab')).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const stageBox = await page.locator('.view:not([hidden]) .stage').boundingBox();
    expect(stageBox?.width).toBeGreaterThan(300);
  });
});
