import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  accept,
  acceptAnyHostKey,
  connect,
  createServer,
  reject,
  type Peer,
  type ServerOptions,
  type Visitor,
} from '@nacre/core';
import { edgePeer, worker, workersLimits, type WorkersRequest } from './workers.js';
import type { WorkersSocket } from './workers/socket-link.js';
import { workersCrypto } from './workers-crypto.js';

/** As Node has none: the response to an upgrade, which may not be made there. */
class Upgrade {
  readonly status: number | undefined;
  constructor(_body: null, init: { readonly status?: number }) {
    this.status = init.status;
  }
}

class FakePair {
  readonly 0 = {};
  readonly 1 = {
    binaryType: 'blob',
    readyState: 1,
    bufferedAmount: 0,
    accept: () => undefined,
    send: () => undefined,
    close: () => undefined,
    addEventListener: () => undefined,
  };
}

const greeting: ServerOptions = {
  limits: workersLimits,
  hooks: { none: () => accept },
  session: (session) => session.print(`hello ${session.connection.peer.remoteAddress ?? 'nobody'}\n`),
};

function request(headers: Record<string, string>, cf?: object): WorkersRequest {
  return { url: "https://host.example/pa'th?token=secret", headers: new Headers(headers), cf };
}

describe('fetch', () => {
  test('explains how to connect if no WebSocket is requested', async () => {
    const response = await worker(createServer(greeting)).fetch(request({}), {});
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    const text = await response.text();
    expect(text).toContain("ssh -o ProxyCommand='ssh-bridge proxy wss://host.example/pa%27th' ");
    expect(text).not.toContain('secret');
  });

  test('HTTP 400 if the address is none, because of its Host', async () => {
    const { status } = await worker(createServer(greeting)).fetch({ ...request({}), url: 'http://a b/' }, {});
    expect(status).toBe(400);
  });

  describe('an upgrade', () => {
    beforeEach(() => {
      vi.stubGlobal('WebSocketPair', FakePair);
      vi.stubGlobal('Response', Upgrade);
    });
    afterEach(() => vi.unstubAllGlobals());

    test.each([
      ['behind the network', { country: 'NL' }, { remoteAddress: '192.0.2.7' }],
      ['anywhere else', undefined, {}],
    ])('takes the address that the header tells: %s', async (_where, cf, expected) => {
      const peers: Peer[] = [];
      const server = createServer({ hooks: { connection: (_visitor, { peer }) => void peers.push(peer) } });
      const headers = { upgrade: 'WebSocket', 'cf-connecting-ip': '192.0.2.7' };
      expect((await worker(server).fetch(request(headers, cf), {})).status).toBe(101);
      expect((await worker(server, { peer: edgePeer }).fetch(request(headers, cf), {})).status).toBe(101);
      // Over WebSocket the address counts for `from=` only where the operator says so, and the network vouches for it.
      const direct = cf === undefined ? {} : { ...expected, isDirect: true };
      await expect.poll(() => peers).toEqual([expected, direct]);
    });

    test("gives the hook connection the header fields and the network's data about the client", async () => {
      const visitors: Visitor[] = [];
      const server = createServer({ hooks: { connection: (visitor) => void visitors.push(visitor) } });
      const cf = { country: 'NL', city: 'x'.repeat(257), asn: 64496, colo: 7, tlsCipher: 'AES' };
      await worker(server).fetch(request({ upgrade: 'websocket', 'User-Agent': 'bridge' }, cf), {});
      const [{ headers, edge, counts }] = visitors as [Visitor];
      expect(Object.fromEntries(headers!)).toEqual({ upgrade: 'websocket', 'user-agent': 'bridge' });
      expect([edge, counts.connections]).toEqual([{ country: 'NL', asn: 64496 }, 0]);
    });

    test('with an oversized header gets 431, and 400 if `peer` finds no client in it', async () => {
      const peer = (): Peer => {
        throw new Error('no header');
      };
      const server = createServer(greeting);
      const big = request({ upgrade: 'websocket', cookie: 'x'.repeat(16 * 1024) });
      expect((await worker(server).fetch(big, {})).status).toBe(431);
      expect((await worker(server, { peer }).fetch(request({ upgrade: 'websocket' }), {})).status).toBe(400);
    });

    test('is refused with 403 if the hook refuses', async () => {
      const server = createServer({ hooks: { connection: () => reject('no') } });
      expect((await worker(server).fetch(request({ upgrade: 'websocket' }), {})).status).toBe(403);
      expect(server.connections).toEqual([]);
    });

    test('makes the server once, of the bindings', async () => {
      const make = vi.fn<(env: { name: string }) => ReturnType<typeof createServer>>(() => createServer(greeting));
      const handlers = worker(make);
      for (let index = 0; index < 2; index += 1)
        await handlers.fetch(request({ upgrade: 'websocket' }), { name: 'one' });
      expect(make.mock.calls).toEqual([[{ name: 'one' }]]);
    });
  });
});

describe('connect', () => {
  /** Two ends of a TCP connection as Workers have them: readable by bytes. */
  function socketPair() {
    const there = new TransformStream<Uint8Array, Uint8Array>();
    const back = new TransformStream<Uint8Array, Uint8Array>();
    const socket: WorkersSocket = {
      readable: byBytes(there.readable),
      writable: back.writable,
      opened: Promise.resolve({ remoteAddress: '[2001:db8::1]:4022' }),
      close: () => Promise.resolve(),
    };
    return { socket, client: { readable: back.readable, writable: there.writable } };
  }

  function byBytes(source: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = source.getReader();
    return new ReadableStream({
      type: 'bytes',
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (!done) controller.enqueue(Uint8Array.from(value));
        else {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
    });
  }

  test('serves ssh over a TCP socket', async () => {
    const { socket, client } = socketPair();
    const served = worker(createServer(greeting)).connect(socket, {});
    const ssh = await connect(client, {
      user: 'guest',
      verifyHostKey: acceptAnyHostKey(() => undefined),
      credentials: [{ method: 'none' }],
    });
    const { stdout, exitCode } = await ssh.exec('greet');
    expect([new TextDecoder().decode(stdout), exitCode]).toEqual(['hello 2001:db8::1\n', 0]);
    ssh.close();
    await served;
  });

  test('offers, by its provider, no cipher that workerd has not', async () => {
    const { socket, client } = socketPair();
    const served = worker(createServer({ ...greeting, crypto: workersCrypto })).connect(socket, {});
    const connecting = connect(client, {
      user: 'guest',
      verifyHostKey: acceptAnyHostKey(() => undefined),
      algorithms: { ciphers: 'chacha20-poly1305@openssh.com' },
    });
    await expect(connecting).rejects.toThrow(/no cipher in common.* aes128-gcm@openssh.com/);
    await served;
  });
});
