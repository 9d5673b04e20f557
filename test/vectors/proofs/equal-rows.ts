/** Each row of the table with a provider at one end and noble at the other: sealed, agreed or signed here; opened, agreed or verified there. */
import * as fc from 'fast-check';
import { generateKey, keyExchanges, type KeyTypeName, type PrivateKey } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import type {
  CipherAlgorithm,
  CipherKeys,
  KeyExchangeAlgorithm,
  MacAlgorithm,
} from '../../../packages/core/src/algorithms/algorithm.js';
import { ciphers, macs, signatures } from '../../../packages/core/src/algorithms/table.js';
import { createAuthenticator, securityAlgorithms } from '../authenticator.js';
import { proof, requireSame, requireThat, type PrimitiveName, type Proof } from '../proof.js';
import { bytes, content } from './content.js';

/** What a proof is run with: the provider at either end. */
type Ends = readonly [here: CryptoProvider, there: CryptoProvider];

const bothWays =
  (run: (...ends: Ends) => Promise<void>) =>
  async (provider: CryptoProvider): Promise<void> => {
    await run(provider, noble);
    await run(noble, provider);
  };

interface Protection {
  readonly cipher: CipherAlgorithm;
  readonly mac: MacAlgorithm | undefined;
}

function keysFor({ cipher, mac }: Protection): fc.Arbitrary<CipherKeys> {
  return fc.record({ key: bytes(cipher.keyLength), iv: bytes(cipher.ivLength), macKey: bytes(mac?.keyLength ?? 0) });
}

/** What seals and opens one packet of a row: the batched form if the provider has one. */
function protect(crypto: CryptoProvider, { cipher, mac }: Protection, keys: CipherKeys) {
  const batched = cipher.createBatched?.(crypto, keys, mac);
  const plain = cipher.create(crypto, keys, mac);
  return {
    plain,
    seal: async (sequenceNumber: number, packet: Uint8Array) =>
      batched === undefined ? plain.seal(sequenceNumber, packet) : await batched.seal(sequenceNumber, packet),
    open: async (sequenceNumber: number, packet: Uint8Array) => {
      plain.openLength(sequenceNumber, packet.subarray(0, plain.headLength));
      return batched === undefined ? plain.open(sequenceNumber, packet) : await batched.open(sequenceNumber, packet);
    },
  };
}

const sealed = (protection: Protection) =>
  bothWays(async (here, there) => {
    const text = fc.uint8Array({ minLength: 1, maxLength: 700 });
    await fc.assert(
      fc.asyncProperty(keysFor(protection), fc.nat(0xffff_ffff), text, async (keys, sequenceNumber, payload) => {
        const sender = protect(here, protection, keys);
        const { blockLength, lengthIsApart, tagLength } = sender.plain;
        const head = lengthIsApart ? 4 : 0;
        const length = head + Math.ceil((payload.length + 4) / blockLength) * blockLength;
        const packet = new Uint8Array(length + tagLength);
        packet.set(payload, 4);
        new DataView(packet.buffer).setUint32(0, length - 4);
        const expected = packet.slice(4, length);
        await sender.seal(sequenceNumber, packet);
        const receiver = protect(there, protection, keys);
        const opened = await receiver.open(sequenceNumber, packet);
        requireThat(opened !== undefined, 'the packet to be opened');
        requireSame(opened!, expected);
      }),
      { numRuns: 5 },
    );
  });

/** What a cipher's row takes from a provider. */
function takenBy(name: string, cipher: CipherAlgorithm): readonly PrimitiveName[] {
  if (name.includes('gcm')) return ['AES-GCM', 'batched AES-GCM'];
  return cipher.aead ? ['ChaCha20', 'Poly1305'] : ['AES-CTR', 'hmac', 'batched AES-CTR', 'batched hmac'];
}

export const equalProtections = Object.entries<CipherAlgorithm>(ciphers).map(([name, cipher]): Proof => {
  const rows: readonly (readonly [string, MacAlgorithm | undefined])[] = cipher.aead
    ? [['no MAC', undefined]]
    : Object.entries<MacAlgorithm>(macs);
  const cases = rows.map(([mac, row]) => [mac, sealed({ cipher, mac: row })] as const);
  const title = `${name}: sealed by one, opened by the other`;
  return proof(title, takenBy(name, cipher), Object.fromEntries(cases), noble);
});

/** A whole dialogue of a row. */
const exchanged = (row: Required<KeyExchangeAlgorithm>) =>
  bothWays(async (here, there) => {
    const [client, server] = [row.client(here), row.server(there)];
    const [hostKey, signature] = [Uint8Array.of(1), Uint8Array.of(2)];
    let message = await client.start();
    for (;;) {
      const answer = await server.receive(message);
      const step = await client.receive('send' in answer ? answer.send : answer.reply(hostKey, signature));
      if ('outcome' in step) {
        if ('send' in answer) throw new Error('the client was through before the server');
        requireSame(step.outcome.sharedSecret, answer.outcome.sharedSecret);
        requireSame(step.outcome.exchanged, answer.outcome.exchanged);
        return;
      }
      message = step.send;
    }
  });

/** Names of the same row count as one. */
const exchangeRows = Object.entries<Required<KeyExchangeAlgorithm>>(keyExchanges).filter(
  ([, row], index, all) => all.findIndex(([, other]) => other === row) === index,
);

/** What an exchange's row takes from a provider. */
function takenByExchange(name: string): readonly PrimitiveName[] {
  if (name.startsWith('mlkem')) return ['ML-KEM-768', 'X25519', 'hash'];
  if (name.startsWith('sntrup')) return ['X25519', 'hash'];
  if (name.startsWith('curve25519')) return ['X25519'];
  const curve = (['nistp256', 'nistp384', 'nistp521'] as const).find((curve) => name.endsWith(curve));
  return [curve === undefined ? 'modular powers' : `ECDH over ${curve}`];
}

const exchanges = exchangeRows.map(([name, row]) =>
  proof(`${name}: agreed between one and the other`, takenByExchange(name), { 'in both roles': exchanged(row) }, noble),
);

const made = new Map<CryptoProvider, Partial<Record<KeyTypeName, Promise<PrivateKey>>>>();

/** A key that the provider makes; RSA has one for both of its signatures. */
function keyOf(type: KeyTypeName, crypto: CryptoProvider): Promise<PrivateKey> {
  const keys = made.get(crypto) ?? {};
  made.set(crypto, keys);
  return (keys[type] ??= generateKey(type, { crypto, bits: 2048 }));
}

const signed = (type: KeyTypeName, algorithm: keyof typeof signatures) =>
  bothWays(async (here, there) => {
    const key = await keyOf(type, here);
    await fc.assert(
      fc.asyncProperty(content, async (message) => {
        const signature = await key.sign(algorithm, message);
        const verify = (shown: Uint8Array) => signatures[algorithm].verify(there, key.publicKey, message, shown);
        requireThat(await verify(signature), 'the signature to hold');
        const changed = signature.slice();
        changed[changed.length - 5]! ^= 1;
        requireThat(!(await verify(changed)), 'a changed signature not to hold');
      }),
      { numRuns: 3 },
    );
  });

const keyTypes = [
  ['ssh-ed25519', 'ssh-ed25519', 'Ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256', 'ECDSA over nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384', 'ECDSA over nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521', 'ECDSA over nistp521'],
  ['rsa-sha2-256', 'ssh-rsa', 'RSA'],
  ['rsa-sha2-512', 'ssh-rsa', 'RSA'],
] as const;

const signatureRows = keyTypes.map(([algorithm, type, about]) =>
  proof(
    `${algorithm}: signed by one, verified by the other`,
    [about],
    { 'any content': signed(type, algorithm) },
    noble,
  ),
);

const securityKeyRows = securityAlgorithms.map((algorithm) =>
  proof(
    `${algorithm}: signed by one, verified by the other`,
    [algorithm.includes('ed25519') ? 'Ed25519' : 'ECDSA over nistp256', 'hash'],
    {
      'a message': bothWays(async (here, there) => {
        const { publicKey, sign } = createAuthenticator(algorithm, 'ssh:', here);
        const message = here.random(100);
        const { verify } = signatures[algorithm];
        requireThat(await verify(there, publicKey, message, await sign(message)), 'the signature to hold');
        const other = await sign(message.subarray(1));
        requireThat(!(await verify(there, publicKey, message, other)), 'that of another message not to hold');
      }),
    },
    noble,
  ),
);

/** Those of public keys, which take JavaScript long over large numbers. */
export const equalPublicKeyRows = [...exchanges, ...signatureRows, ...securityKeyRows];
