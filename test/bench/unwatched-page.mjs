/**
 * A page of Chromium in a context of its own, by the DevTools protocol. Playwright's pages report each WebSocket frame to it, which
 * costs more than carrying the frame does.
 */

/** @param before source that the page runs before its own; @returns `{ evaluate, evaluateInWorker, close }`, both taking source */
export async function openUnwatchedPage(browser, { url, before }) {
  const root = await browser.newBrowserCDPSession();
  const { browserContextId } = await root.send('Target.createBrowserContext');
  const { targetId } = await root.send('Target.createTarget', {
    url: 'about:blank',
    browserContextId,
    width: 1280,
    height: 720,
  });
  const { sessionId } = await root.send('Target.attachToTarget', { targetId, flatten: false });
  const page = new Session(root, sessionId);
  const attached = new Promise((resolve) => {
    page.on('Target.attachedToTarget', ({ sessionId: id, targetInfo }) => {
      if (targetInfo.type === 'worker') resolve(new Session(page, id));
    });
  });
  await page.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  await page.send('Page.enable');
  await page.send('Page.addScriptToEvaluateOnNewDocument', { source: before });
  await page.send('Page.navigate', { url });
  const worker = await attached;
  return {
    evaluate: (expression) => page.evaluate(expression),
    evaluateInWorker: (expression) => worker.evaluate(expression),
    close: () => root.send('Target.disposeBrowserContext', { browserContextId }),
  };
}

/** A target behind a session with another, whose messages carry its own. */
class Session {
  #parent;
  #id;
  #calls = 0;
  #answers = new Map();
  #listeners = new Map();

  constructor(parent, id) {
    this.#parent = parent;
    this.#id = id;
    parent.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      if (sessionId === id) this.#receive(JSON.parse(message));
    });
  }

  on(method, listener) {
    this.#listeners.set(method, [...(this.#listeners.get(method) ?? []), listener]);
  }

  async send(method, params = {}) {
    const id = (this.#calls += 1);
    const answered = new Promise((resolve) => {
      this.#answers.set(id, resolve);
    });
    await this.#parent.send('Target.sendMessageToTarget', {
      sessionId: this.#id,
      message: JSON.stringify({ id, method, params }),
    });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  #receive({ id, method, params, result, error }) {
    if (id === undefined) {
      for (const listener of this.#listeners.get(method) ?? []) listener(params);
      return;
    }
    this.#answers.get(id)?.({ result, error });
    this.#answers.delete(id);
  }
}
