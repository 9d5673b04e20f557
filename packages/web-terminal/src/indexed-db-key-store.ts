/** A host key in IndexedDB: an Ed25519 CryptoKey (RFC 8709, Web Cryptography §Ed25519), made at first use. */
import { ConfigurationError, type KeyStore, type Signer } from '@nacre/core';

const STORE = 'keys';
const ALGORITHM = 'ssh-ed25519';
const utf8 = new TextEncoder();

export interface IndexedDbKeyStoreOptions {
  /** The database, `nacre` if not given. */
  readonly database?: string;
  /** The key's name in it, `host` if not given. */
  readonly name?: string;
}

/** Security: the private key is not extractable, so no script of this page can read it or send it away. */
export function indexedDbKeyStore({ database = 'nacre', name = 'host' }: IndexedDbKeyStoreOptions = {}): KeyStore {
  return { isDurable: true, load: async () => [await load(database, name)] };
}

async function load(name: string, key: string): Promise<Signer> {
  if (!isSecureContext)
    throw new ConfigurationError('Browsers keep keys only for pages from localhost or https. Open this page there.');
  const database = await openDatabase(name);
  try {
    // Two tabs may do this at the same time: both use the key that is stored first.
    const pair = (await read(database, key)) ?? (await store(database, key, await generate()));
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return {
      publicKey: blob(ALGORITHM, raw),
      algorithms: [ALGORITHM],
      sign: async (_algorithm, message) => {
        const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, message.slice());
        return blob(ALGORITHM, new Uint8Array(signature));
      },
    };
  } finally {
    database.close();
  }
}

async function generate(): Promise<CryptoKeyPair> {
  try {
    return (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair;
  } catch (cause) {
    throw new ConfigurationError('This browser is too old to host: it cannot make Ed25519 keys.', { cause });
  }
}

/** RFC 8709 §4, §6: `string name ‖ string bytes`, for public keys and signatures. */
function blob(name: string, bytes: Uint8Array): Uint8Array {
  const encoded = utf8.encode(name);
  const result = new Uint8Array(8 + encoded.length + bytes.length);
  const view = new DataView(result.buffer);
  view.setUint32(0, encoded.length);
  result.set(encoded, 4);
  view.setUint32(4 + encoded.length, bytes.length);
  result.set(bytes, 8 + encoded.length);
  return result;
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.addEventListener('upgradeneeded', () => void request.result.createObjectStore(STORE));
  return settled(request);
}

async function read(database: IDBDatabase, key: string): Promise<CryptoKeyPair | undefined> {
  const found: unknown = await settled(database.transaction(STORE).objectStore(STORE).get(key));
  return found as CryptoKeyPair | undefined;
}

async function store(database: IDBDatabase, key: string, pair: CryptoKeyPair): Promise<CryptoKeyPair> {
  const request = database.transaction(STORE, 'readwrite').objectStore(STORE).add(pair, key);
  const wasFirst = await settled(request).then(
    () => true,
    () => false,
  );
  const stored = wasFirst ? pair : await read(database, key);
  if (stored === undefined)
    throw new ConfigurationError('This browser does not let the page keep its host key: allow it to store data.');
  return stored;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', (event) => {
      // Otherwise a failed request aborts its transaction, and the page gets an error event of its own.
      event.preventDefault();
      reject(request.error ?? new Error('IndexedDB failed'));
    });
  });
}
