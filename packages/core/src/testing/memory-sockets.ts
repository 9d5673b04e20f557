/** Sockets in memory: what `forwarding` connects to and listens on in tests of programs that forward. */
import type { Connected, Sockets } from '../forwarding/request.js';
import type { ByteLink } from '../link.js';
import { memoryLinks } from './memory-link.js';

/** How much of the received text is kept, in bytes. */
const MAXIMUM_KEPT = 1000;
/** The port that is bound if any will do. */
const FREE_PORT = 40_000;

/** The far end of a connection: what it received, and `link` to send. */
export class FarEnd {
  received = '';
  bytes = 0;
  hasEnded = false;
  readonly link: ByteLink;

  constructor(link: ByteLink) {
    this.link = link;
    link.open({
      chunk: (chunk) => {
        this.bytes += chunk.length;
        if (this.bytes <= MAXIMUM_KEPT) this.received += new TextDecoder().decode(chunk);
      },
      end: () => {
        this.hasEnded = true;
      },
      drain: () => undefined,
    });
  }
}

/** Connections are recorded, and lead to a `FarEnd`; addresses in 198.51.100.0/24 are unreachable, and names resolve to `addresses`. */
export class MemorySockets {
  readonly dialled: string[] = [];
  readonly looked: string[] = [];
  readonly fars: FarEnd[] = [];
  readonly closed: string[] = [];
  readonly listeners = new Map<string, Connected>();
  addresses: readonly string[] = ['192.0.2.7'];
  readonly sockets: Sockets = {
    resolve: (host) => {
      this.looked.push(host);
      return Promise.resolve(this.addresses);
    },
    connectTcp: (address, port) => this.#connect(`${address}:${port}`),
    connectUnix: (path) => this.#connect(path),
    listenTcp: (host, port, connected) =>
      this.#listen(`${host}:${port === 0 ? FREE_PORT : port}`, connected, port || FREE_PORT),
    listenUnix: (path, connected) => this.#listen(path, connected),
  };

  async #connect(name: string): Promise<ByteLink> {
    this.dialled.push(name);
    if (name.startsWith('198.51.100.')) throw new Error('unreachable');
    const [near, far] = memoryLinks();
    this.fars.push(new FarEnd(far));
    return near;
  }

  async #listen(name: string, connected: Connected, port?: number): Promise<{ port?: number; close: () => void }> {
    if (name.includes(':1:')) throw new Error('EACCES');
    this.listeners.set(name, connected);
    return { ...(port === undefined ? {} : { port }), close: () => void this.closed.push(name) };
  }
}
