/** RFC 4819: the publickey subsystem of a server: users list, add and remove the keys that they log in with. */
import { signatures } from '../algorithms/table.js';
import type { Awaitable } from '../crypto/provider.js';
import { ProtocolError } from '../errors.js';
import { keyTypeOf } from '../keys/public-key.js';
import type { Restrictions } from '../keys/restrictions.js';
import type { Session, SessionHandler } from '../server/session/session.js';
import type { Fields, Values } from '../wire/fields.js';
import type { Layout } from '../wire/message.js';
import { showThrown } from '../wire/printable.js';
import { PublicKeyStatus, requests, responses, VERSION, type PublicKeyStatusName, type StoredKey } from './messages.js';
import { encodePacket, readPackets, type Packet } from './packets.js';

/** A refused request; the client is told which of RFC 4819's reasons applies. */
export class PublicKeyError extends Error {
  readonly status: PublicKeyStatusName;

  constructor(status: PublicKeyStatusName, message: string = status) {
    super(message);
    this.name = 'PublicKeyError';
    this.status = status;
  }
}

/** Where keys are stored. Methods may throw `PublicKeyError`; any other error is a general failure, and is logged. */
export interface PublicKeyStore {
  list(user: string): Awaitable<readonly StoredKey[]>;
  /** @throws PublicKeyError KEY_ALREADY_PRESENT unless `overwrite`, STORAGE_EXCEEDED */
  add(user: string, key: StoredKey, overwrite: boolean): Awaitable<void>;
  /** @throws PublicKeyError KEY_NOT_FOUND */
  remove(user: string, key: Omit<StoredKey, 'attributes'>): Awaitable<void>;
  /** RFC 4819 §4.1: the attributes that are stored and honoured, and whether each is compulsory; only `comment` by default. */
  readonly attributes?: readonly { readonly name: string; readonly compulsory: boolean }[];
}

const COMMENT = [{ name: 'comment', compulsory: false }];
/** No language is given: servers and clients of RFC 4819 get only standard texts. */
const LANGUAGE = '';

/**
 * A handler for sessions that request the subsystem `publickey`. Security: a login by a key with restrictions is
 * refused everything, or such a key could be exchanged for one without; so is a login by a certificate, which expires
 * some day. From where and until when a plain key may be used is not known here: if keys have such limits, let the hook
 * `command` decide who gets this handler.
 */
export function publicKeySubsystem(store: PublicKeyStore): SessionHandler {
  return async (session) => {
    await new Conversation(session, store).run();
    return 0;
  };
}

class Conversation {
  readonly #session: Session;
  readonly #store: PublicKeyStore;
  #hasVersion = false;

  constructor(session: Session, store: PublicKeyStore) {
    this.#session = session;
    this.#store = store;
  }

  async run(): Promise<void> {
    for await (const packet of readPackets(() => this.#session.read())) {
      if (!(await this.#answer(packet))) return;
    }
  }

  /** @returns false if the conversation is over. */
  async #answer(packet: Packet): Promise<boolean> {
    try {
      await this.#handle(packet);
      return true;
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      const status = error instanceof PublicKeyError ? error.status : 'GENERAL_FAILURE';
      if (!(error instanceof PublicKeyError))
        this.#session.connection.log(3, 'session', 'keys could not be changed', { error: showThrown(error) });
      await this.#status(status);
      return status !== 'VERSION_NOT_SUPPORTED';
    }
  }

  async #handle({ name, fields }: Packet): Promise<void> {
    if (name === 'version') return this.#agree(requests.version.decode(fields).version);
    if (!this.#hasVersion) throw new ProtocolError('a request before the version');
    const { restrictions, certificate } = this.#session.connection;
    if (certificate !== undefined || isRestricted(restrictions)) throw new PublicKeyError('ACCESS_DENIED');
    switch (name) {
      case 'list':
        return this.#list();
      case 'listattributes':
        for (const row of this.#attributes) await this.#send('attribute', responses.attribute, row);
        return this.#status('SUCCESS');
      case 'add':
        return this.#add(requests.add.decode(fields));
      case 'remove':
        await this.#store.remove(this.#session.user, requests.remove.decode(fields));
        return this.#status('SUCCESS');
      default:
        throw new PublicKeyError('REQUEST_NOT_SUPPORTED');
    }
  }

  get #attributes(): NonNullable<PublicKeyStore['attributes']> {
    return this.#store.attributes ?? COMMENT;
  }

  /** RFC 4819 §3: the lower of both versions is used, and only one is left. */
  async #agree(version: number): Promise<void> {
    if (this.#hasVersion) throw new ProtocolError('the version was sent twice');
    if (version < VERSION) throw new PublicKeyError('VERSION_NOT_SUPPORTED');
    this.#hasVersion = true;
    await this.#send('version', responses.version, { version: VERSION });
  }

  async #list(): Promise<void> {
    for (const key of await this.#store.list(this.#session.user))
      await this.#send('publickey', responses.publickey, key);
    await this.#status('SUCCESS');
  }

  async #add({ algorithm, blob, overwrite, attributes }: Values<typeof requests.add.fields>): Promise<void> {
    const row = Object.values(signatures).find(({ keyType }) => keyType === algorithm);
    if (keyTypeOf(blob) !== algorithm || row?.isUsableKey(blob) !== true) throw new PublicKeyError('KEY_NOT_SUPPORTED');
    const known = this.#attributes.map(({ name }) => name);
    // Security: a key is not accepted without a restriction that this server cannot honour.
    if (attributes.some(({ name, critical }) => critical && !known.includes(name)))
      throw new PublicKeyError('ATTRIBUTE_NOT_SUPPORTED');
    const missing = this.#attributes.some(
      ({ name, compulsory }) => compulsory && !attributes.some((given) => given.name === name),
    );
    if (missing) throw new PublicKeyError('GENERAL_FAILURE', 'an attribute is missing');
    const kept = attributes.filter(({ name }) => known.includes(name)).map(({ name, value }) => ({ name, value }));
    await this.#store.add(this.#session.user, { algorithm, blob: blob.slice(), attributes: kept }, overwrite);
    await this.#status('SUCCESS');
  }

  #status(status: PublicKeyStatusName): Promise<void> {
    const description = status.toLowerCase().replaceAll('_', ' ');
    return this.#send('status', responses.status, {
      code: PublicKeyStatus[status],
      description,
      languageTag: LANGUAGE,
    });
  }

  #send<F extends Fields>(name: string, layout: Layout<F>, values: Values<F>): Promise<void> {
    return this.#session.write(encodePacket(name, layout, values));
  }
}

function isRestricted({ command, environment, permitOpen, permitListen, ...switches }: Restrictions): boolean {
  const isFree = Object.values(switches).every((allowed) => allowed) && Object.keys(environment).length === 0;
  return !isFree || command !== undefined || permitOpen !== undefined || permitListen !== undefined;
}
