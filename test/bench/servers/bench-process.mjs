/** What the servers in child processes share: how the parent talks to them, and the command they understand. */

const CHUNK = new Uint8Array(64 * 1024);

/** `head -c N /dev/zero`, which a real shell also understands; every other command reads its input to the end. */
export const zeros = {
  parse: (command) => {
    const digits = /^head -c (\d+) \/dev\/zero$/.exec(command)?.[1];
    return digits === undefined ? undefined : Number(digits);
  },
  *chunks(bytes) {
    for (let rest = bytes; rest > 0; rest -= CHUNK.length) yield rest < CHUNK.length ? CHUNK.subarray(0, rest) : CHUNK;
  },
};

/**
 * The parent sends `{ type: 'start', hostKey, authorizedKey }` and gets `{ port }`; for `{ type: 'collect' }` garbage is
 * collected and `{}` comes back.
 */
export function serveBench(start) {
  process.on('disconnect', () => process.exit());
  process.on('message', async (message) => {
    if (message.type === 'start') process.send({ port: await start(message) });
    else {
      globalThis.gc();
      process.send({});
    }
  });
}
