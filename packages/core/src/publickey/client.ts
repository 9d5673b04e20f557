/** RFC 4819: the publickey subsystem of a server: lists, adds and removes the keys that the user may log in with. */
import { ChannelRequestError, ConnectionClosedError, ProtocolError } from '../errors.js';
import type { RemoteProcess } from '../client/process.js';
import { PublicKeyStatus, requests, responses, VERSION, type PublicKeyStatusName, type StoredKey } from './messages.js';
import { encodePacket, readPackets, type Packet } from './packets.js';

/** The server refused; `status` is the reason from RFC 4819. */
export class PublicKeyRefusedError extends ChannelRequestError {
  readonly status: PublicKeyStatusName | undefined;

  constructor(code: number) {
    const [status] = Object.entries(PublicKeyStatus).find(([, value]) => value === code) ?? [];
    super(`the server answered ${status?.toLowerCase().replaceAll('_', ' ') ?? `status ${code}`}`);
    this.status = status as PublicKeyStatusName | undefined;
  }
}

export interface AddKeyOptions {
  /** Replaces what is stored about the key so far. False by default. */
  readonly overwrite?: boolean;
  /** Names of attributes without which the server must not accept the key. */
  readonly critical?: readonly string[];
}

export class PublicKeys implements AsyncDisposable {
  readonly #process: RemoteProcess;
  readonly #packets: AsyncGenerator<Packet, undefined>;
  /** Requests are sent one at a time: replies have no numbers. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(process: RemoteProcess) {
    this.#process = process;
    this.#packets = readPackets(() => process.read());
    process.ignoreErrors();
  }

  /** Over `await client.subsystem('publickey')`. @throws PublicKeyRefusedError if the server speaks another version. */
  static async open(process: RemoteProcess): Promise<PublicKeys> {
    const keys = new PublicKeys(process);
    await process.write(encodePacket('version', requests.version, { version: VERSION }));
    const packet = await keys.#next();
    if (packet.name === 'status') throw new PublicKeyRefusedError(responses.status.decode(packet.fields).code);
    if (packet.name !== 'version' || responses.version.decode(packet.fields).version < VERSION)
      throw new PublicKeyRefusedError(PublicKeyStatus.VERSION_NOT_SUPPORTED);
    return keys;
  }

  /** The keys that the user may log in with. @throws PublicKeyRefusedError */
  list(): Promise<readonly StoredKey[]> {
    return this.#ask(encodePacket('list', requests.list, {}), 'publickey', (fields) =>
      responses.publickey.decode(fields),
    );
  }

  /** The attributes that the server stores with a key. @throws PublicKeyRefusedError */
  attributes(): Promise<readonly { readonly name: string; readonly compulsory: boolean }[]> {
    const request = encodePacket('listattributes', requests.listattributes, {});
    return this.#ask(request, 'attribute', (fields) => responses.attribute.decode(fields));
  }

  /** @throws PublicKeyRefusedError */
  async add(key: StoredKey, { overwrite = false, critical = [] }: AddKeyOptions = {}): Promise<void> {
    const attributes = key.attributes.map((one) => ({ ...one, critical: critical.includes(one.name) }));
    await this.#ask(encodePacket('add', requests.add, { ...key, overwrite, attributes }));
  }

  /** @throws PublicKeyRefusedError */
  async remove(key: Omit<StoredKey, 'attributes'>): Promise<void> {
    await this.#ask(encodePacket('remove', requests.remove, key));
  }

  close(): void {
    this.#process.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#process.exited;
  }

  /** Sends a request, and returns the replies before its status. */
  #ask<T = never>(request: Uint8Array, name?: string, decode?: (fields: Uint8Array) => T): Promise<readonly T[]> {
    const answer = this.#last.then(async () => {
      await this.#process.write(request);
      const values: T[] = [];
      for (;;) {
        const packet = await this.#next();
        if (packet.name === 'status') {
          const { code } = responses.status.decode(packet.fields);
          if (code !== PublicKeyStatus.SUCCESS) throw new PublicKeyRefusedError(code);
          return values;
        }
        if (packet.name !== name || decode === undefined) throw new ProtocolError('an answer that was not asked for');
        if (values.length >= MAXIMUM_ANSWERS) throw new ProtocolError('too many answers');
        values.push(decode(packet.fields));
      }
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #next(): Promise<Packet> {
    const { value } = await this.#packets.next();
    if (value === undefined) throw new ConnectionClosedError('the server ended the subsystem');
    return value;
  }
}

/** Security: a server that never sends its status must not fill memory. */
const MAXIMUM_ANSWERS = 10_000;
