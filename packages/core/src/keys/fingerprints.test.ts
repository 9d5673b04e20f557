/** Fingerprints, pictures, SSHFP records and RFC 4716, for a key made and described by ssh-keygen; more in test/interop. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { fingerprintBy, formatSshfp } from './fingerprints.js';
import { fingerprint, parsePublicKey } from './public-key.js';
import { randomart } from './randomart.js';
import { formatRfc4716, parseRfc4716 } from './rfc4716.js';

const key = parsePublicKey(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqensADR8mGBkutoPB9e/8myx+oFQ1y23VQO3jQArLJ an example',
);

test('fingerprints are as ssh-keygen -l shows them', () => {
  expect(fingerprintBy('md5', key.blob)).toBe('MD5:cc:6d:75:90:a1:01:88:70:43:cf:1c:9d:da:aa:4d:1c');
  expect(fingerprintBy('sha1', key.blob)).toBe('SHA1:UUatKOmYwludZkN3R+jjMSDK0DQ');
  expect(fingerprintBy('sha256', key.blob)).toBe(fingerprint(key.blob));
  expect(fingerprintBy('sha512', key.blob)).toMatch(/^SHA512:135wWCk[^=]*$/);
});

test('the picture is as ssh-keygen -lv draws it', () => {
  expect(randomart(key.blob)).toBe(
    [
      '+--[ED25519 256]--+',
      '|                 |',
      '|    . .          |',
      '|   . . o         |',
      '|. .   +  .       |',
      '|.* . =  S        |',
      '|=.O +..B. .      |',
      '|=O.*o.+=.o       |',
      '|+.*=++= o        |',
      '| .*E+ooo         |',
      '+----[SHA256]-----+',
    ].join('\n'),
  );
  expect(() => randomart(new Uint8Array(3))).toThrow(ConfigurationError);
});

test('records for DNS are as ssh-keygen -r writes them', () => {
  expect(formatSshfp('example.org', key.blob)).toEqual([
    'example.org IN SSHFP 4 1 5146ad28e998c25b9d66437747e8e33120cad034',
    'example.org IN SSHFP 4 2 69668ec90e3bba21467b55ac6381ae73df5e296629082f98602b7e390bc1bfee',
  ]);
  expect(() => formatSshfp('a b', key.blob)).toThrow('zone file');
  expect(() => formatSshfp('a', new Uint8Array(3))).toThrow(ConfigurationError);
});

test('RFC 4716 §3: what was written is read, however long its comment', () => {
  const printable = fc.string({ unit: fc.constantFrom(...'abc XYZ019:;.@!'), maxLength: 1022 });
  fc.assert(
    fc.property(printable, (comment) => {
      const text = formatRfc4716({ ...key, comment });
      expect(text.split('\n').every(({ length }) => length <= 72)).toBe(true);
      expect(parseRfc4716(text.replaceAll('\n', '\r\n'))).toEqual({ ...key, comment: comment.trim() });
    }),
    { numRuns: 50, examples: [['x'.repeat(1022)], ['a: b'.repeat(250)], ['']] },
  );
  for (const comment of ['a"b', 'a\\b', 'a\nb', 'ä', 'x'.repeat(1023)]) {
    expect(() => formatRfc4716({ ...key, comment })).toThrow(ConfigurationError);
  }
});

test('RFC 4716 §3.6: other headers are passed over, continued lines are one', () => {
  const text = [
    'some text before',
    '---- BEGIN SSH2 PUBLIC KEY ----',
    'Subject: somebody',
    'x-command: /home/me/bin/lock-in-guest.sh',
    'Comment: This is my public key for use on \\',
    'servers which I don\\',
    "'t like.",
    'AAAAC3NzaC1lZDI1NTE5AAAAIBqensADR8mGBkutoPB9e/8my',
    'x+oFQ1y23VQO3jQArLJ',
    '---- END SSH2 PUBLIC KEY ----',
  ].join('\n');
  const comment = "This is my public key for use on servers which I don't like.";
  expect(parseRfc4716(text)).toEqual({ ...key, comment });
  for (let length = 0; length < text.length; length += 1) {
    expect(() => parseRfc4716(text.slice(0, length))).toThrow(ConfigurationError);
  }
  expect(() => parseRfc4716(text + ' '.repeat(2 ** 15))).toThrow(ConfigurationError);
});
