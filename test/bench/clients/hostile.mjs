/** Peers with hostile keys and exchange values, and one that only wants its echo. The parent sends one request at a time. */
import { connect, keyExchanges } from '@nacre/core';
import { connectTcp } from '@nacre/edge/node';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { changeShare, hostileKeys, hostileShares } from './hostile-values.mjs';

/** A server ends a connection at the sixth failure. */
const KEYS_A_CONNECTION = 5;
const ECHO_INTERVAL = 5;

async function open(port, options) {
  return connect(await connectTcp('127.0.0.1', port), { crypto: nodeCrypto, verifyHostKey: () => true, ...options });
}

/** Connects as told, and expects to be rejected. */
async function offend(port, options) {
  try {
    await (await open(port, options))[Symbol.asyncDispose]();
  } catch {
    // That is the point.
  }
}

const only = (name, row) => ({ keyExchanges: { [name]: row }, ciphers: 'aes128-ctr', macs: 'hmac-sha2-256' });

/** A row whose client sends a share other than its own. */
function sharing(row, change) {
  return {
    ...row,
    client: (crypto) => {
      const dialogue = row.client(crypto);
      return {
        start: async () => changeShare(await dialogue.start(), change),
        receive: async (payload) => {
          const step = await dialogue.receive(payload);
          return 'send' in step ? { send: changeShare(step.send, change) } : step;
        },
      };
    },
  };
}

const attacks = {
  /** A whole login by each exchange in turn. */
  async handshakes(port) {
    for (const [name, row] of Object.entries(keyExchanges))
      await offend(port, { user: 'echo', credentials: [{ method: 'none' }], algorithms: only(name, row) });
  },
  /** Each exchange with each share that it must refuse. */
  async exchanges(port) {
    for (const [name, row] of Object.entries(keyExchanges)) {
      for (const change of hostileShares)
        await offend(port, { user: 'echo', algorithms: only(name, sharing(row, change)) });
    }
  },
  /** Keys that are expensive for a server to examine, with signatures that it has to verify. */
  async keys(port) {
    const keys = hostileKeys();
    for (let start = 0; start < keys.length; start += KEYS_A_CONNECTION) {
      const credentials = keys.slice(start, start + KEYS_A_CONNECTION).map((key) => ({ method: 'publickey', key }));
      await offend(port, { user: 'mallory', credentials });
    }
  },
};

/** Repeatedly sends a few bytes and waits for them. @returns how long each took, in ms */
async function echo(port, milliseconds) {
  const client = await open(port, { user: 'echo', credentials: [{ method: 'none' }] });
  const process = await client.spawn('cat');
  const times = [];
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    const started = performance.now();
    await process.write('ping');
    await process.read();
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, ECHO_INTERVAL));
  }
  await client[Symbol.asyncDispose]();
  return times;
}

async function attack({ port, kind, milliseconds }) {
  let rounds = 0;
  for (const end = performance.now() + milliseconds; performance.now() < end; rounds += 1) await attacks[kind](port);
  return rounds;
}

process.on('disconnect', () => process.exit());
process.on('message', async (request) => {
  process.send({
    result: await (request.kind === 'echo' ? echo(request.port, request.milliseconds) : attack(request)),
  });
});
