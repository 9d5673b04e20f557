/** What runs on Deno and on Bun: Nacre on one port, and on another the same adapter's links without SSH. */
import { createServer, parsePrivateKey } from '@nacre/core';
import { zeros } from './bench-process.mjs';

function secured(crypto, { HOST_KEY, AUTHORIZED_KEY }) {
  return createServer({
    crypto,
    hostKeys: [parsePrivateKey(HOST_KEY, { crypto })],
    // The measurements log in as the user who runs them.
    policy: { rootLogin: true },
    hooks: { authorizedKeys: () => AUTHORIZED_KEY },
    session: async (session) => {
      const bytes = zeros.parse(session.request.command);
      if (bytes === undefined) while ((await session.read()) !== undefined);
      else for (const chunk of zeros.chunks(bytes)) await session.write(chunk);
      return 0;
    },
  });
}

/** The first bytes of a connection are `down N` or `up N` and a line end: then N bytes go that way, and `up` is answered by a byte. */
function serveRaw(link) {
  let rest = 0;
  let chunks;
  const send = () => {
    for (let next = chunks?.next(); next && !next.done; next = chunks.next()) if (!link.write(next.value)) return;
  };
  link.open({
    chunk(bytes) {
      if (rest === 0) {
        const line = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(10)));
        const [direction, count] = line.split(' ');
        rest = Number(count) + line.length + 1;
        if (direction === 'down') chunks = zeros.chunks(Number(count));
        send();
      }
      rest -= bytes.length;
      if (rest === 0) link.write(new Uint8Array(1));
    },
    drain: send,
    end: () => link.destroy(),
  });
}

/** What an adapter asks of a server. */
const withoutSsh = {
  ready: async () => undefined,
  accept: async (link) => serveRaw(link),
  admit: async () => async (link) => serveRaw(link),
};

export async function serve(listen, crypto, variables) {
  const { port } = await listen(secured(crypto, variables), { port: 0 });
  const raw = await listen(withoutSsh, { port: 0 });
  console.log(JSON.stringify({ port, rawPort: raw.port }));
}
