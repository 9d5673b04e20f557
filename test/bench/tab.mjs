/** The web terminal's page in Chromium, with its host worker, behind a relay in a process of its own. */
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { findBrowser } from '../../packages/web-terminal/host-headless.mjs';
import { longestTaskDuring } from '../longest-task.mjs';
import { startProgram } from './child-process.mjs';
import { openUnwatchedPage } from './unwatched-page.mjs';

const PAGE = fileURLToPath(new URL('../../packages/web-terminal/dist/app', import.meta.url));
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];

/** @param options what the page takes from a program: `hostKey`, `authorizedKeys`, `ciphers`. */
export async function openTab(options) {
  const relay = startProgram('servers/bridge.mjs');
  const { port, pageUrl } = await relay.ask({ type: 'relay', pageDir: PAGE });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: ARGUMENTS });
  const before = `globalThis.nacreHost = ${JSON.stringify(options)};`;
  const page = await openUnwatchedPage(browser, { url: pageUrl, before });
  await page.evaluate(`(${registered})()`);
  return {
    port,
    longestTaskDuring: (work) => longestTaskDuring(browser, work),
    /** Serves the next connection from the same worker without SSH. */
    serveRaw: (direction, bytes) => page.evaluateInWorker(`(${serveRawNext})(${JSON.stringify({ direction, bytes })})`),
    async stop() {
      await page.close();
      await browser.close();
      await relay.stop();
    },
  };
}

/** Runs in the page: resolves once its server can be visited. */
function registered() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('#host-state[data-phase=registered]') === null) requestAnimationFrame(look);
      else resolve();
    };
    look();
  });
}

/**
 * Runs in the worker: takes the next WebSocket out of the server's hands, which is given one that never opens, and sends
 * zeros, or reads, as fast as a WebSocket does. Frames of 128 KiB with up to 1 MiB on its way carry most.
 */
function serveRawNext({ direction, bytes }) {
  const frame = new Uint8Array(128 * 1024);
  const most = 1024 * 1024;
  const Real = globalThis.WebSocket;
  globalThis.WebSocket = function take(url, protocols) {
    globalThis.WebSocket = Real;
    // A plain link: it carries nothing but bytes.
    const ticket = [protocols].flat().find((protocol) => protocol.startsWith('nacre.ticket.'));
    const socket = new Real(new URL('/link', url), ['nacre.link.v1', ticket]);
    socket.binaryType = 'arraybuffer';
    let rest = bytes;
    const send = () => {
      while (rest > 0 && socket.bufferedAmount < most) {
        socket.send(rest < frame.length ? frame.subarray(0, rest) : frame);
        rest -= frame.length;
      }
      if (rest > 0) setTimeout(send, 1);
    };
    if (direction === 'down') socket.addEventListener('open', send);
    socket.addEventListener('message', ({ data }) => {
      rest -= data.byteLength;
      if (rest <= 0) socket.send(new Uint8Array(1));
    });
    return { addEventListener: () => undefined, close: () => undefined, readyState: 0, bufferedAmount: 0 };
  };
}
