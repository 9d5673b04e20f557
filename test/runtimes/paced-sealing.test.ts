/** In real Chromium: WebCrypto seals on the thread that asks, so that `browserCrypto` gives it turns for other work. */
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../interop/processes.js';
import { places } from './one-program.js';

test.skipIf(places.browser.isMissing)('Chromium seals in turn', async () => {
  const source = `import { browserCrypto } from '@nacre/web-terminal';
    const say = async () => String((await browserCrypto()).batchedAesGcm(new Uint8Array(16)).sealsInTurn);`;
  expect(await places.browser.run(await temporaryFolder(onTestFinished), source)).toBe('true');
});
