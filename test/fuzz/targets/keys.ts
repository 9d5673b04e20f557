/** Keys in files and lines: private keys, public keys, authorized_keys, known_hosts. */
import { encodeBase64 } from '../../../packages/core/src/crypto/base64.js';
import { noble } from '../../../packages/core/src/crypto/noble.js';
import {
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  parseAuthorizedKeys,
  parseKnownHosts,
  parsePrivateKey,
  parsePublicKey,
  type PrivateKey,
} from '../../../packages/core/src/keys/index.js';
import { isKeyTypeName, keyTypes } from '../../../packages/core/src/keys/key-types.js';
import { concatenate, equal, splice, string } from '../bytes.js';
import { mutateBytes } from '../mutate.js';
import type { Random } from '../random.js';
import { readSpans } from '../spans.js';
import { string as stringField } from '../../../packages/core/src/wire/fields.js';
import { bytesShape } from '../shapes.js';
import { attempt, Finding, type Target } from '../target.js';

const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
const TYPES = Object.keys(keyTypes).filter(isKeyTypeName);

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Fresh keys in each run: no key is kept. */
let made: Promise<readonly PrivateKey[]> | undefined;
export function makeKeys(): Promise<readonly PrivateKey[]> {
  made ??= Promise.all(TYPES.map((type) => generateKey(type, { bits: 2048, comment: 'fuzz' })));
  return made;
}

function checkPrivateKey(file: string): void {
  const key = attempt('parsePrivateKey', () => parsePrivateKey(file, { crypto: noble }));
  if (key === undefined) return;
  const again = parsePrivateKey(formatPrivateKey(key), { crypto: noble });
  if (again.comment !== key.comment || !equal(again.publicKey, key.publicKey))
    throw new Finding('private key round trip', `a ${key.type} key is another after it was written`);
}

function checkPublicKey(line: string): void {
  const key = attempt('parsePublicKey', () => parsePublicKey(line));
  if (key === undefined) return;
  const written = attempt('formatPublicKey', () => formatPublicKey(key));
  if (written === undefined) throw new Finding('public key not written', JSON.stringify(key.comment));
  const again = parsePublicKey(written);
  if (again.comment !== key.comment || !equal(again.blob, key.blob))
    throw new Finding('public key round trip', JSON.stringify(line));
}

function checkKnownHosts(lines: string): void {
  const hosts = parseKnownHosts(lines);
  const trust = hosts.verify('example.org', 22)({ blob: Uint8Array.of(1) });
  hosts.keyTypes('example.org');
  const again = parseKnownHosts(hosts.format());
  if (
    again.verify('example.org', 22)({ blob: Uint8Array.of(1) }) !== trust ||
    again.skipped.length !== hosts.skipped.length
  )
    throw new Finding('known_hosts round trip', JSON.stringify(lines));
}

/** The first byte says what the rest is: a file in binary form to be wrapped, or text. */
const forms: readonly ((body: Uint8Array) => void)[] = [
  (body) => checkPrivateKey(`${BEGIN}\n${encodeBase64(body)}\n${END}\n`),
  (body) => checkPrivateKey(text(body)),
  (body) => checkPublicKey(text(body)),
  (body) => {
    const { keys, skipped } = parseAuthorizedKeys(text(body));
    if (keys.length + skipped.length > text(body).split('\n').length)
      throw new Finding('authorized_keys', 'more keys and complaints than lines');
  },
  (body) => checkKnownHosts(text(body)),
  // A separate blob in a line.
  (body) => TYPES.forEach((type) => checkPublicKey(`${type} ${encodeBase64(body)} comment`)),
];

async function keySeeds(): Promise<readonly Uint8Array[]> {
  const seeds = (await makeKeys()).flatMap((key) => {
    const file = formatPrivateKey(key);
    const line = formatPublicKey(key.public);
    const binary = Buffer.from(file.replace(/-----.*-----|\s/g, ''), 'base64');
    const hosts = parseKnownHosts(`example.org,*.net ${line}\n@revoked * ${line}\n# x\n`);
    hosts.add('example.org', 2222, key.publicKey, { hashed: true });
    return [binary, file, line, `${line}\nfrom="*.x",command="a\\"b" ${line}\n# c\n\n`, hosts.format(), key.publicKey];
  });
  return seeds.map((body, index) => concatenate(Uint8Array.of(index % forms.length), Buffer.from(body)));
}

export const keyTarget: Target = {
  name: 'keys',
  shape: { ...bytesShape, mutate: mutateStrings(1) },
  seeds: keySeeds,
  run: (input) => forms[(input[0] ?? 0) % forms.length]!(input.subarray(1)),
};

export const THREE_STRINGS = { publicKey: stringField, message: stringField, signature: stringField };

/** Changes bytes, or the content of a string with its length kept true, if strings follow `head` bytes. */
export function mutateStrings(head: number): (input: Uint8Array, random: Random) => Uint8Array {
  return (input, random) => {
    const { spans } = readSpans(THREE_STRINGS, input, head);
    if (spans.length === 0 || random.oneIn(3)) return mutateBytes(input, random);
    const { start, end } = random.pick(spans);
    const content = input.subarray(start + 4, end);
    const inner = mutateStrings(0);
    return splice(input, start, end, string(random.oneIn(2) ? inner(content, random) : mutateBytes(content, random)));
  };
}
