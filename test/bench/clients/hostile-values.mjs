/** Public keys, signatures and shares that are wrong, or right and as expensive as possible. */

const utf8 = new TextEncoder();

function concatenate(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function string(value) {
  const bytes = typeof value === 'string' ? utf8.encode(value) : value;
  return concatenate([bytes.length >>> 24, bytes.length >>> 16, bytes.length >>> 8, bytes.length], bytes);
}

/** A positive integer of this many bits, odd unless told otherwise. */
function mpint(bits, last = 0xff) {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  bytes[0] = 0xff >>> ((8 - (bits % 8)) % 8);
  bytes[bytes.length - 1] = last;
  return string(bytes[0] >= 0x80 ? concatenate([0], bytes) : bytes);
}

const E = string(Uint8Array.of(1, 0, 1));
const LARGEST_E = mpint(32);

function key(algorithm, publicKey, signature) {
  const blob = concatenate(string(algorithm), string(signature));
  return { publicKey, algorithms: [algorithm], sign: () => blob };
}

function rsa(e, n, length) {
  return key('rsa-sha2-512', concatenate(string('ssh-rsa'), e, n), new Uint8Array(length).fill(0x55));
}

function ecdsa(point, r, s) {
  const name = 'ecdsa-sha2-nistp256';
  return key(name, concatenate(string(name), string('nistp256'), string(point)), concatenate(string(r), string(s)));
}

function ed25519(publicKey, signature) {
  return key('ssh-ed25519', concatenate(string('ssh-ed25519'), string(publicKey)), signature);
}

const offCurve = concatenate([4], new Uint8Array(64).fill(1));
const SMALL_ORDER = concatenate([1], new Uint8Array(31));
const ALL_ONES = new Uint8Array(32).fill(0xff);

/** Each signs whatever it is asked to. */
export function hostileKeys() {
  return [
    // The largest accepted key, with the largest accepted exponent.
    rsa(LARGEST_E, mpint(8192), 1024),
    rsa(E, mpint(8192), 1024),
    rsa(E, mpint(16_385), 2049),
    rsa(E, mpint(200_000), 25_000),
    rsa(E, mpint(4096, 0xfe), 512),
    rsa(string(Uint8Array.of(1)), mpint(4096), 512),
    rsa(mpint(4096), mpint(4096), 512),
    rsa(E, mpint(2048), 20_000),
    key('ssh-ed25519', concatenate(string('ssh-rsa'), E, mpint(2048)), new Uint8Array(64)),
    ecdsa(offCurve, Uint8Array.of(1), Uint8Array.of(1)),
    ecdsa(offCurve, new Uint8Array(0), new Uint8Array(0)),
    ecdsa(Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(1)),
    ed25519(SMALL_ORDER, new Uint8Array(64)),
    ed25519(ALL_ONES, new Uint8Array(64).fill(0xff)),
    ed25519(new Uint8Array(33), new Uint8Array(63)),
  ];
}

/** What a legal share could be replaced by: other lengths, numbers at the edges, bits that differ. */
export const hostileShares = [
  () => new Uint8Array(0),
  () => Uint8Array.of(0),
  () => Uint8Array.of(1),
  (legal) => new Uint8Array(legal.length),
  (legal) => new Uint8Array(legal.length).fill(0xff),
  // A positive number, larger than any prime of its length.
  (legal) => new Uint8Array(legal.length).fill(0xff, 1),
  (legal) => legal.slice(0, -1),
  (legal) => concatenate(legal, [0]),
  () => new Uint8Array(16 * 1024).fill(0x7f),
  (legal) => legal.with(legal.length >> 1, legal[legal.length >> 1] ^ 1),
  (legal) => legal.with(0, legal[0] ^ 0xff),
];

/** SSH_MSG_KEX_ECDH_INIT and its kind, and SSH_MSG_KEX_DH_GEX_INIT: the messages with a client's share. */
const SHARE_MESSAGES = [30, 32];

/** The payload with another share, if it has one. */
export function changeShare(payload, change) {
  if (!SHARE_MESSAGES.includes(payload[0])) return payload;
  return concatenate([payload[0]], string(change(payload.slice(5))));
}
