/**
 * A server of ours that offers every exchange there is and measures itself: how late its event loop is, and how long each of its
 * synchronous steps takes (each callback and each continuation of a promise).
 */
import { createHook } from 'node:async_hooks';
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { accept, createServer, parsePrivateKey } from '@nacre/core';
import { groupExchanges } from '@nacre/core/group-exchange';
import { noble } from '@nacre/core/noble';
import { listen } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';

/** The portable provider is what a server uses if it is given none. */
const PROVIDERS = { 'node:crypto': nodeCrypto, portable: undefined, noble };
/** More than any measurement opens at once. */
const MANY = 10_000;
const NANOSECONDS = 1e6;
/** What no synchronous step should take, in ns. */
const LONG = 25e6;

const delay = monitorEventLoopDelay({ resolution: 1 });
const steps = createHistogram();
/** Steps that took too long. */
let long = 0;
let depth = 0;
/** When the current step began, by the clock in ns and by the process's CPU in µs. */
let begun = 0n;
let used = 0;

const hook = createHook({
  before() {
    if (depth === 0) {
      begun = process.hrtime.bigint();
      used = cpuMicroseconds();
    }
    depth += 1;
  },
  after() {
    // The callback that enabled this had already begun.
    if (depth === 0) return;
    depth -= 1;
    if (depth > 0) return;
    // Both, because the clock includes other processes, and the CPU time other threads.
    const taken = Math.min(Number(process.hrtime.bigint() - begun), (cpuMicroseconds() - used) * 1000);
    steps.record(Math.max(1, taken));
    if (taken > LONG) long += 1;
  },
});

function cpuMicroseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function figures(histogram) {
  const at = (percentile) => histogram.percentile(percentile) / NANOSECONDS;
  return { p50: at(50), p99: at(99), p999: at(99.9), max: histogram.max / NANOSECONDS, count: histogram.count };
}

async function start({ provider, hostKeys }) {
  const crypto = PROVIDERS[provider];
  const server = createServer({
    crypto,
    algorithms: { set: 'compatible', keyExchanges: '*', rows: [groupExchanges] },
    hostKeys: hostKeys.map((key) => parsePrivateKey(key, { crypto })),
    limits: { unauthenticated: MANY, unauthenticatedFromSource: MANY, penalties: false },
    hooks: {
      none: ({ user }) => (user === 'echo' ? accept : undefined),
      // Every key is the user's, so that every signature is verified.
      authorizedKeys: () => accept,
    },
    session: async (session) => {
      for (let chunk = await session.read(); chunk !== undefined; chunk = await session.read())
        await session.write(chunk);
      return 0;
    },
  });
  return (await listen(server, { port: 0 })).port;
}

process.on('disconnect', () => process.exit());
process.on('message', async (message) => {
  switch (message.type) {
    case 'start':
      process.send({ port: await start(message) });
      return;
    case 'begin':
      hook.enable();
      delay.enable();
      delay.reset();
      steps.reset();
      long = 0;
      process.send({});
      return;
    default:
      delay.disable();
      hook.disable();
      process.send({ delay: figures(delay), steps: { ...figures(steps), long } });
  }
});
