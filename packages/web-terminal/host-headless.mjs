/**
 * The page of this package in a headless Chromium, so that a program can use the server in a tab like any other:
 * a relay in this process, the tab in a browser of its own, ssh clients on a TCP port.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('dist/app', import.meta.url));
const LOOPBACK = '127.0.0.1';
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
/** How long the page may take to register, in ms. */
const REGISTRATION = 30_000;

/** Something is missing or failed; the message is one line for people. */
export class HeadlessHostError extends Error {}

/**
 * @param {object} options
 * @param {number} [options.port] the TCP port for ssh clients; 0 lets the system choose
 * @param {string} [options.authorizedKeys] authorized_keys text for the users who log in by key
 * @param {string} [options.hostKey] a private key in OpenSSH's format; without it, the tab makes one
 * @param {number} [options.rekeyBytes] rekey after so many bytes
 * @param {AbortSignal} [options.signal] closes the host
 * @returns {Promise<{ port: number, pid: number, exited: Promise<void>, close: () => Promise<void> }>} `pid`: the process in
 *   which the SSH server runs; `exited` settles when that has ended
 * @throws {HeadlessHostError}
 */
export async function startHeadlessHost({ port = 0, authorizedKeys, hostKey, rekeyBytes, signal } = {}) {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new HeadlessHostError('There is no Chromium on the PATH: install it (on Debian: apt-get install chromium).');
  }
  const relay = await startRelay(port);
  let browser;
  const close = async () => {
    await browser?.close();
    await relay.close();
  };
  try {
    const { chromium } = await load('@playwright/test');
    // Signals are left to the caller: Playwright would end the process before anything else is closed.
    const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
    browser = await chromium.launch({ executablePath, args: BROWSER_ARGUMENTS, ...signals });
    // Security: passed through the browser's own channel, never in a URL, which is remembered and logged.
    const page = await openPage(browser, relay.pageUrl, { authorizedKeys, hostKey, rekeyBytes });
    const pid = await rendererOf(browser, page);
    signal?.addEventListener('abort', () => void close(), { once: true });
    const exited = new Promise((resolve) => {
      browser.once('disconnected', () => resolve());
      page.once('crash', () => resolve());
    });
    return { port: relay.sshPort, pid, exited, close };
  } catch (error) {
    await close();
    throw error instanceof HeadlessHostError ? error : new HeadlessHostError(`Chromium: ${firstLine(error)}`);
  }
}

/** The path of a Chromium, or undefined. */
export function findBrowser(path = process.env.PATH ?? '') {
  const candidates = BROWSERS.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function startRelay(port) {
  const { relay } = await load('ssh-bridge');
  try {
    return await relay({ http: { host: LOOPBACK, port: 0 }, ssh: { host: LOOPBACK, port }, pageDir: PAGE });
  } catch (error) {
    throw new HeadlessHostError(firstLine(error));
  }
}

async function load(name) {
  try {
    return await import(name);
  } catch {
    throw new HeadlessHostError(`${name} is missing: run npm install and npm run build.`);
  }
}

async function openPage(browser, url, options) {
  const page = await browser.newPage();
  await page.addInitScript((given) => {
    globalThis.nacreHost = given;
  }, options);
  await page.goto(url);
  const state = page.locator('#host-state:is([data-phase=registered], [data-phase=failed])');
  await state.waitFor({ timeout: REGISTRATION }).catch(() => undefined);
  if ((await page.locator('#host-state').getAttribute('data-phase')) === 'registered') return page;
  throw new HeadlessHostError(`The tab is not hosting: ${await page.locator('#host-state-text').textContent()}`);
}

/** The process of the page, and so of its Workers: the renderer whose CPU time is closest to what the page reports. */
async function rendererOf(browser, page) {
  const own = await page.context().newCDPSession(page);
  const all = await browser.newBrowserCDPSession();
  await own.send('Performance.enable');
  const { metrics } = await own.send('Performance.getMetrics');
  const { processInfo } = await all.send('SystemInfo.getProcessInfo');
  const used = metrics.find(({ name }) => name === 'ProcessTime')?.value ?? 0;
  const [closest] = processInfo
    .filter(({ type }) => type === 'renderer')
    .toSorted((a, b) => Math.abs(a.cpuTime - used) - Math.abs(b.cpuTime - used));
  await own.detach();
  if (closest === undefined) throw new HeadlessHostError('Chromium does not say which process the tab is.');
  return closest.id;
}

function firstLine(error) {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0];
}
