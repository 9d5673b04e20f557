/** ssh_config(5), PATTERNS, and CIDR notation (RFC 4632 §3.1). */
import { expect, test } from 'vitest';
import { isNetworkList, isPermittedSource, parseAddress } from './source-address.js';

test.each([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '10.9.9.9', true],
  ['10.0.0.0/8,!10.1.2.3', '10.1.2.3', false],
  ['!10.1.2.3,10.0.0.0/8', '10.1.2.3', false],
  ['!10.1.2.3', '10.1.2.4', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.*', '10.1.2.3', true],
  ['10.1.?.3', '10.1.22.3', false],
  ['*', '192.0.2.1', true],
  ['*,!192.0.2.*', '192.0.2.1', false],
  [' 10.0.0.0/8 , 192.0.2.1 ', '192.0.2.1', true],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['0.0.0.0/0', '::1', false],
  ['2001:db8::/32', '2001:0DB8:1::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['2001:db8::*', '2001:db8:0:0::7', true],
  ['2001:db8:*:1', '2001:db8::1', true],
  // The zeros behind the 10 are no run, though they read like one.
  ['2001:db1:*', '2001:db10:0:1:0:0:2:3', false],
  ['2001:db10:*', '2001:db10:0:1:0:0:2:3', true],
  ['*,!2001:db10:*', '2001:db10:0:1:0:0:2:3', false],
  ['2001:db8::1:0:0:*', '2001:db8:0:0:1:0:0:1', true],
  ['1:0:0:2::3', '1:0:0:2:0:0:0:3', true],
  ['1:0:0:2::?', '1:0:0:2:0:0:0:3', true],
  ['::/0', '::', true],
  ['::1', '::', false],
  ['host.example', '192.0.2.1', false],
  ['*.example', '192.0.2.1', false],
  // As in OpenSSH, a list with a nonsensical network is refused as a whole.
  ['10.0.0.1/8,10.1.2.3', '10.1.2.3', false],
  ['10.1.2.3,10.0.0.0/33', '10.9.9.9', false],
  ['10.1.2.3', 'somewhere', false],
  ['*', '', false],
  ['*', '10.1.2.3, 10.1.2.4', false],
])('%s and %s: %s', (list, address, expected) => {
  expect(isPermittedSource(list, address)).toBe(expected);
});

test.each([
  '1.2.3',
  '1.2.3.256',
  '012.0.0.1',
  '172.032.0.1',
  '::ffff:012.0.0.1',
  '01234::',
  ':1',
  '1:',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'g::',
  '',
])('no address: %s', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each(['1:2:3:4:5:6:7:8', '::', '1::', '::1', '1:2::7:8', '1:2:3:4:5:6:1.2.3.4', '::1.2.3.4'])(
  'an address: %s',
  (text) => {
    expect(parseAddress(text)).toHaveLength(16);
  },
);

test.each([
  ['10.0.0.0/8,2001:db8::/32,192.0.2.1', true],
  ['10.0.0.*', false],
  ['!10.0.0.0/8', false],
  ['10.0.0.0/8,', false],
  ['', false],
])('a certificate takes networks alone: %s', (list, expected) => {
  expect(isNetworkList(list)).toBe(expected);
});
