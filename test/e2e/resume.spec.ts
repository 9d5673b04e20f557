/** Chromium behind links that are cut: a server and a client in a tab continue over new links, and every byte is right. */
import { createHash, randomFillSync } from 'node:crypto';
import { generateKey } from '@nacre/core';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { relay, serve, type Serving } from 'ssh-bridge';
import { createPlayground } from '../../examples/playground/src/app.js';
import { startChopper, WHOLE, type Chopper } from '../interop/bridge/chopper.js';
import { freePort, type Cleanup } from '../interop/processes.js';
import { expect, expectOnScreen, LOOPBACK, PAGE, test as base, typeInto } from './stage.js';
import { visit } from './visitor.js';

const MIB = 1024 * 1024;

interface Gateway {
  readonly serving: Serving;
  readonly chopper: Chopper;
}

/** Both routes to the page lead through choppers: to the relay, and to a gateway in front of the playground on Node. */
const test = base.extend<{ readonly chopper: Chopper; readonly httpPort: number; readonly gateway: Gateway }>({
  // oxlint-disable-next-line no-empty-pattern
  httpPort: async ({}, use) => {
    await use(await freePort());
  },
  chopper: async ({ cleanup, httpPort }, use) => {
    await use(await startChopper(cleanup, () => httpPort, WHOLE));
  },
  gateway: async ({ cleanup, chopper }, use) => {
    await use(await startGateway(cleanup, `http://localhost:${chopper.port}`));
  },
  servers: async ({ gateway }, use) => {
    await use({ bridged: `ws://localhost:${gateway.chopper.port}/v4/connect` });
  },
  stage: async ({ cleanup, servers, chopper, httpPort, allowed }, use) => {
    const host = `localhost:${chopper.port}`;
    const started = await relay({
      http: { ...LOOPBACK, port: httpPort },
      ssh: LOOPBACK,
      pageDir: PAGE,
      pageUrl: `http://${host}/`,
      allowHosts: [host],
      allowOrigins: [`http://${host}`],
      config: servers,
    });
    cleanup(() => started.close());
    allowed.push(/WebSocket connection to .* failed/, /Failed to load resource/);
    await use(started);
  },
});

async function startGateway(cleanup: Cleanup, page: string): Promise<Gateway> {
  const hostKeys = [await generateKey('ssh-ed25519', { crypto: nodeCrypto })];
  const server = createPlayground({ hostKeys, crypto: nodeCrypto });
  const target = await listen(server, { port: 0 });
  cleanup(() => target.close());
  const port = await freePort();
  const chopper = await startChopper(cleanup, () => port, WHOLE);
  const serving = await serve({
    listen: { ...LOOPBACK, port },
    to: { kind: 'tcp', host: '127.0.0.1', port: target.port },
    token: false,
    allowHosts: [`localhost:${chopper.port}`],
    allowOrigins: [page],
  });
  cleanup(() => serving.close());
  return { serving, chopper };
}

/** Cuts all links each time this many more bytes have passed, until `work` is done; resolves to its result. */
async function cutting<T>(work: Promise<T>, chopper: Chopper, each: number): Promise<T> {
  chopper.cutEvery(each);
  try {
    return await work;
  } finally {
    chopper.cutEvery(Infinity);
  }
}

test('a server in a tab: an ssh whose tab loses its links in the middle of transfers sends and gets every byte', async ({
  open,
  stage,
  chopper,
  cleanup,
}) => {
  const page = await open('host');
  await expect(page.locator('#host-state')).toHaveText('Ready for visitors');
  const visitor = await visit(cleanup, stage.sshPort, 'guest');
  const payload = randomFillSync(Buffer.alloc(24 * MIB));
  const sent = await cutting(visitor.run('sha256', payload), chopper, 4 * MIB);
  expect([sent.code, sent.stdout.toString()]).toEqual([
    0,
    expect.stringContaining(createHash('sha256').update(payload).digest('hex')),
  ]);
  // The last cut may also have cost the tab its place at the relay: visitors are turned away until it has it again.
  await expect.poll(async () => (await visitor.run('true')).code).toBe(0);
  const got = await cutting(visitor.run('zero 32'), chopper, 6 * MIB);
  expect([got.code, got.stdout.equals(Buffer.alloc(32 * MIB))]).toEqual([0, true]);
  // 24 and 32 MiB, and at most 4, 6 and a read between cuts.
  expect(chopper.cuts()).toBeGreaterThan(8);
  const { opened } = stage.totals();
  expect(opened).toBe(3);
  await expect.poll(() => stage.totals().ended).toEqual({ clean: 3, broken: 0, failed: 0 });
});

test('a client in a tab: the shell goes on over new links', async ({ open, gateway }) => {
  const { serving, chopper } = gateway;
  const page = await open('client');
  const screen = page.locator('#client-screen');
  await page.getByLabel('User').fill('demo');
  await page.getByLabel('Password').fill('demo');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('button', { name: 'Trust and connect' }).click();
  await expectOnScreen(screen, /demo@/);
  await typeInto(screen, 'clear; seq 1 600000; echo all | tr a-z A-Z\n');
  await cutting(expectOnScreen(screen, /^599999\n600000\nALL$/m), chopper, MIB / 2);
  // Over 4 MB came, at most half of one and a read between cuts.
  expect(chopper.cuts()).toBeGreaterThan(6);
  chopper.cutAll();
  await typeInto(screen, 'echo $((6 * 7)) | sed s/^/answer:/\n');
  await expectOnScreen(screen, 'answer:42');
  expect(serving.totals()).toMatchObject({ opened: 1, open: 1 });
});
