/**
 * Our own client in a process of its own, for what would take stock `ssh` a process each: many logins, and many idle
 * connections. The parent sends one request at a time and gets one answer.
 */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, keyExchanges, parsePrivateKey } from '@nacre/core';
import { fromSocket } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';

/** Connections that are opened concurrently when many are to stay. */
const AT_ONCE = 4;

const open = [];

async function openTcp(port) {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** From the TCP connection to the server's message that the user is logged in, with an Ed25519 key. */
async function login({ port, user, key, keyExchange }) {
  const socket = await openTcp(port);
  return connect(fromSocket(socket), {
    user,
    crypto: nodeCrypto,
    verifyHostKey: () => true,
    credentials: [{ method: 'publickey', key: parsePrivateKey(key, { crypto: nodeCrypto }) }],
    algorithms: { keyExchanges: { [keyExchange]: keyExchanges[keyExchange] } },
  });
}

/** @returns the time each login took, in ms. */
async function logins(request) {
  const times = [];
  for (let count = 0; count < request.count; count += 1) {
    const started = performance.now();
    const client = await login(request);
    times.push(performance.now() - started);
    await client[Symbol.asyncDispose]();
  }
  return times;
}

/** Opens connections that stay open until this process ends, as fast as it goes or one each `pace` ms. */
async function hold({ pace = 0, ...request }) {
  let begun = 0;
  const started = performance.now();
  const worker = async () => {
    while (begun < request.count) {
      const due = started + begun * pace;
      begun += 1;
      if (pace > 0) await sleep(due - performance.now());
      open.push(request.bare ? await openTcp(request.port) : await login(request));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return open.length;
}

process.on('disconnect', () => process.exit());
process.on('message', async (request) => {
  process.send({ result: await (request.type === 'logins' ? logins(request) : hold(request)) });
});
