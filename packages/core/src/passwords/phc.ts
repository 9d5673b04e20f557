/** The PHC string format: `$id$v=version$name=value,…$salt$hash`, base64 without padding. */
import { decodeBase64, encodeBase64 } from '../crypto/base64.js';

/** A stored hash, and its parameters. */
export interface StoredHash {
  readonly id: string;
  readonly version: number | undefined;
  readonly parameters: Readonly<Record<string, number>>;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Longer texts are not parsed, in UTF-16 units: they must not keep the reader busy. */
const MAXIMUM_LENGTH = 512;
const FORM = /^\$([a-z0-9-]{1,32})(?:\$v=(\d{1,4}))?\$([a-z]+=\d{1,10}(?:,[a-z]+=\d{1,10}){0,4})\$([^$]+)\$([^$]+)$/;

/** Undefined if `text` is not a stored hash. */
export function parseStoredHash(text: string): StoredHash | undefined {
  const parts = text.length > MAXIMUM_LENGTH ? null : FORM.exec(text);
  if (parts === null) return undefined;
  const [, id = '', version, list = '', ...coded] = parts;
  const [salt, hash] = coded.map(decode);
  if (salt === undefined || hash === undefined) return undefined;
  const parameters = Object.fromEntries(
    list.split(',').map((row) => {
      const [name = '', value] = row.split('=');
      return [name, Number(value)];
    }),
  );
  return { id, version: version === undefined ? undefined : Number(version), parameters, salt, hash };
}

export function formatStoredHash({ id, version, parameters, salt, hash }: StoredHash): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const head = version === undefined ? `$${id}` : `$${id}$v=${version}`;
  return `${head}$${list.join(',')}$${encode(salt)}$${encode(hash)}`;
}

function encode(bytes: Uint8Array): string {
  return encodeBase64(bytes).replace(/=+$/, '');
}

function decode(text: string): Uint8Array | undefined {
  return decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}
