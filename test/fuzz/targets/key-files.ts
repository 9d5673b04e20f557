/** Private keys in every form, RFC 4716, JSON Web Keys, file signatures, and who may sign. */
import { encodeBase64 } from '../../../packages/core/src/crypto/base64.js';
import { noble } from '../../../packages/core/src/crypto/noble.js';
import { SshError } from '../../../packages/core/src/errors.js';
import {
  formatOpenSshKeyFile,
  formatPkcs8KeyFile,
  formatPuttyKeyFile,
  formatRfc4716,
  formatSshSignature,
  formatTraditionalKeyFile,
  fromJsonWebKey,
  fromPublicJsonWebKey,
  keyFileSigner,
  parseAllowedSigners,
  parsePrivateKeyFile,
  parseRfc4716,
  parseSshSignature,
  signMessage,
  toJsonWebKey,
  verifyMessage,
  type PrivateKey,
} from '../../../packages/core/src/keys/files/index.js';
import { formatPublicKey } from '../../../packages/core/src/keys/index.js';
import { concatenate, equal } from '../bytes.js';
import { bytesShape } from '../shapes.js';
import { attempt, Finding, undocumented, type Target } from '../target.js';
import { makeKeys } from './keys.js';

const PEM_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'] as const;
const message = Uint8Array.of(1, 2, 3);
const namespace = 'file';
const passphrase = 'correct horse';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const armor = (label: string, body: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${encodeBase64(body)}\n-----END ${label}-----\n`;

/** Long derivations are not begun: unit tests show that they are bounded. */
function passphraseFor(file: string): string | undefined {
  return file.includes('DEK-Info') ? passphrase : undefined;
}

async function settle<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw undocumented(what, error);
  }
}

async function checkKey(key: PrivateKey): Promise<void> {
  const again = await parsePrivateKeyFile(await formatPkcs8KeyFile(key), { crypto: noble });
  if (again.type !== key.type || !equal(again.publicKey, key.publicKey))
    throw new Finding('key file round trip', `a ${key.type} key is another after it was written`);
}

async function checkFile(file: string): Promise<void> {
  const ask = () => passphraseFor(file);
  const key = await settle('parsePrivateKeyFile', () => parsePrivateKeyFile(file, { passphrase: ask, crypto: noble }));
  if (key !== undefined) await checkKey(key);
  const signer = await settle('keyFileSigner', () => keyFileSigner(file, { passphrase: ask, crypto: noble }));
  if (key !== undefined && (signer === undefined || !equal(signer.publicKey, key.publicKey)))
    throw new Finding('key file signer', 'the signer of a file has another key');
}

async function checkSignature(armored: string): Promise<void> {
  const signature = attempt('parseSshSignature', () => parseSshSignature(armored));
  if (signature === undefined) return;
  const again = parseSshSignature(formatSshSignature(signature));
  if (!equal(again.signature, signature.signature) || again.namespace !== signature.namespace)
    throw new Finding('SSH signature round trip', armored);
  await settle('verifyMessage', () => verifyMessage(signature, message, { namespace, crypto: noble }));
}

async function checkJsonWebKey(json: string): Promise<void> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return;
  }
  if (typeof parsed !== 'object' || parsed === null) return;
  const jsonWebKey: object = parsed;
  attempt('fromPublicJsonWebKey', () => fromPublicJsonWebKey(jsonWebKey));
  const key = attempt('fromJsonWebKey', () => fromJsonWebKey(jsonWebKey, { crypto: noble }));
  if (key !== undefined) await checkKey(key);
}

/** The first byte says what the rest is: the bytes of a file to be wrapped, or text. */
const forms: readonly ((body: Uint8Array) => void | Promise<void>)[] = [
  ...PEM_LABELS.map((label) => (body: Uint8Array) => checkFile(armor(label, body))),
  (body) => checkFile(text(body)),
  (body) => checkSignature(armor('SSH SIGNATURE', body)),
  (body) => checkSignature(text(body)),
  (body) => {
    const { signers, skipped } = parseAllowedSigners(text(body));
    if (signers.length + skipped.length > text(body).split('\n').length)
      throw new Finding('allowed_signers', 'more signers and complaints than lines');
  },
  (body) => {
    const key = attempt('parseRfc4716', () => parseRfc4716(text(body)));
    const written = key && attempt('formatRfc4716', () => formatRfc4716(key));
    if (key && written !== undefined && !equal(parseRfc4716(written).blob, key.blob))
      throw new Finding('RFC 4716 round trip', text(body));
  },
  (body) => checkJsonWebKey(text(body)),
];
const [TEXT_FORM, SIGNATURE_FORM, SIGNATURE_TEXT_FORM, SIGNERS_FORM, RFC4716_FORM, JSON_FORM] = [4, 5, 6, 7, 8, 9];

const binary = (armored: string): Uint8Array => Buffer.from(armored.replace(/-----.*-----|\s/g, ''), 'base64');

type Seed = readonly [form: number, body: Uint8Array | string];

async function seedsOf(key: PrivateKey): Promise<readonly Seed[]> {
  const pkcs8 = await formatPkcs8KeyFile(key);
  const signature = formatSshSignature(await signMessage(key, message, { namespace }));
  const traditional = key.type === 'ssh-ed25519' ? pkcs8 : formatTraditionalKeyFile(key);
  const line = formatPublicKey(key.public);
  const dek = `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${'0f'.repeat(16)}\n\n`;
  return [
    [0, binary(pkcs8)],
    [key.type === 'ssh-rsa' ? 1 : 2, binary(traditional)],
    [TEXT_FORM!, pkcs8],
    [TEXT_FORM!, traditional.replace('\n', `\n${dek}`)],
    [TEXT_FORM!, await formatPuttyKeyFile(key)],
    [TEXT_FORM!, await formatOpenSshKeyFile(key, { passphrase, rounds: 1 })],
    [SIGNATURE_FORM!, binary(signature)],
    [SIGNATURE_TEXT_FORM!, signature],
    [SIGNERS_FORM!, `ann,*@x namespaces="file",valid-after="20260102Z" ${line}\n# c\n"b" ${line}\n`],
    [RFC4716_FORM!, formatRfc4716(key.public)],
    [JSON_FORM!, JSON.stringify(toJsonWebKey(key))],
  ];
}

/** Files encrypted with a long derivation, of one key only: of any such file only the outside is read. */
async function slowSeedsOf(key: PrivateKey): Promise<readonly Seed[]> {
  return [
    [3, binary(await formatPkcs8KeyFile(key, { passphrase }))],
    [TEXT_FORM!, await formatPuttyKeyFile(key, { passphrase, passes: 1 })],
  ];
}

export const keyFileTarget: Target = {
  name: 'key-files',
  shape: bytesShape,
  seeds: async () => {
    const keys = await makeKeys();
    const seeds = await Promise.all([...keys.map(seedsOf), slowSeedsOf(keys[0]!)]);
    return seeds.flat().map(([form, body]) => concatenate(Uint8Array.of(form), Buffer.from(body)));
  },
  run: (input) => forms[(input[0] ?? 0) % forms.length]!(input.subarray(1)),
};
