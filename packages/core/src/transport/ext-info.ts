/** RFC 8308: extension negotiation. */
import type { Values } from '../wire/fields.js';
import type { SSH_MSG_EXT_INFO } from './messages.js';

type Extensions = Values<typeof SSH_MSG_EXT_INFO.fields>['extensions'];

const utf8 = new TextEncoder();

/** What a server says: the signature algorithms it verifies, and that it answers SSH2_MSG_PING (OpenSSH's PROTOCOL §1.8). */
export function serverExtensions(signatureAlgorithms: readonly string[]): Extensions {
  return [
    { extensionName: 'server-sig-algs', extensionValue: utf8.encode(signatureAlgorithms.join(',')) },
    { extensionName: 'ping@openssh.com', extensionValue: utf8.encode('0') },
  ];
}

/** The extensions by name, in memory of their own. */
export function parseExtensions(extensions: Extensions): ReadonlyMap<string, Uint8Array> {
  return new Map(extensions.map(({ extensionName, extensionValue }) => [extensionName, extensionValue.slice()]));
}

/** RFC 8308 §3.1: the names in `server-sig-algs`; undefined where the server did not say. */
export function serverSignatureAlgorithms(extensions: ReadonlyMap<string, Uint8Array>): readonly string[] | undefined {
  const value = extensions.get('server-sig-algs');
  return value === undefined ? undefined : new TextDecoder().decode(value).split(',');
}
