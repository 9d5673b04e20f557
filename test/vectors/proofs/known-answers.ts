/** Known answers from the standards. */
import type { CryptoProvider, HashName } from '@nacre/core/crypto';
import { ascii, concatenate, hex } from '../bytes.js';
import { proof, requireSame, requireThat, type Cases } from '../proof.js';

const ed25519 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature: `e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555
      fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b`,
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature: `92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
      085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`,
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature: `6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
      18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a`,
  },
];

function ed25519Cases(): Cases {
  const rows = ed25519.map(({ seed, publicKey, message, signature }) => [
    `of ${message.length / 2} bytes`,
    async (provider: CryptoProvider) => {
      requireSame(await provider.ed25519.sign(hex(seed), hex(message)), hex(signature));
      const verify = (content: string) => provider.ed25519.verify(hex(publicKey), hex(content), hex(signature));
      requireThat(await verify(message), 'the signature to hold');
      requireThat(!(await verify(`${message}00`)), 'the signature of another message not to hold');
    },
  ]);
  return Object.fromEntries(rows);
}

const x25519: Cases = {
  'RFC 7748 §5.2: X25519': async ({ x25519 }) => {
    const scalar = hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
    const point = hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
    const secret = hex('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
    requireSame(await x25519.agree(scalar, point), secret);
  },
  'RFC 7748 §5.2: the base point': async ({ x25519 }) => {
    const nine = hex(`09${'00'.repeat(31)}`);
    const secret = hex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
    requireSame(await x25519.agree(nine, nine), secret);
  },
};

async function agreeOverP256({ ecdh }: CryptoProvider): Promise<void> {
  const privateKey = hex('C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433');
  const publicKey = hex(`04
    D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63
    56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB`);
  const secret = hex('D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE');
  requireSame(await ecdh.nistp256.agree(privateKey, publicKey), secret);
}

async function verifyOverP256({ ecdsa }: CryptoProvider): Promise<void> {
  const publicKey = hex(`04
    60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
    7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299`);
  const signature = hex(`EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8`);
  requireThat(await ecdsa.nistp256.verify('sha256', publicKey, ascii('sample'), signature), 'it to hold');
  requireThat(!(await ecdsa.nistp256.verify('sha256', publicKey, ascii('simple'), signature)), 'it not to hold');
}

function chacha20({ chacha20 }: CryptoProvider): void {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  const bytes = ascii(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  requireSame(
    chacha20(key, hex('0000004a00000000'), bytes, 1),
    hex(`6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b
      f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8
      07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736
      5af90bbf74a35be6b40b8eedf2785e42874d`),
  );
}

function poly1305({ poly1305 }: CryptoProvider): void {
  const key = hex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b');
  requireSame(poly1305(key, ascii('Cryptographic Forum Research Group')), hex('a8061dc1305136c6c22b8baf0c0127a9'));
}

const gcmPlain = hex(`d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
  1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39`);
const gcmAad = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
const gcmKey = 'feffe9928665731c6d6a8f9467308308';
const gcmAnswers = [
  [
    gcmKey,
    `42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
     21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47`,
  ],
  [
    gcmKey + gcmKey,
    `522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
     8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b`,
  ],
] as const;

const gcm =
  (create: (provider: CryptoProvider) => CryptoProvider['aesGcm'] | NonNullable<CryptoProvider['batchedAesGcm']>) =>
  async (provider: CryptoProvider): Promise<void> => {
    const nonce = hex('cafebabefacedbaddecaf888');
    for (const [key, sealed] of gcmAnswers) {
      const packet = concatenate(gcmAad, gcmPlain, new Uint8Array(16));
      const aead = create(provider)(hex(key));
      await aead.seal(nonce, packet, gcmAad.length);
      requireSame(packet, concatenate(gcmAad, hex(sealed)));
      const opened = await aead.open(nonce, packet, gcmAad.length);
      requireThat(opened !== undefined, 'the tag to hold');
      requireSame(opened!, gcmPlain);
    }
  };

const ctrPlain = hex(`6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
  30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710`);
const ctrAnswers = [
  [
    '2b7e151628aed2a6abf7158809cf4f3c',
    `874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff
     5ae4df3edbd5d35e5b4f09020db03eab 1e031dda2fbe03d1792170a0f3009cee`,
  ],
  [
    '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
    `1abc932417521ca24f2b0459fe7e6e0b 090339ec0aa6faefd5ccc2c6f4ce8e94
     1e36b26bd1ebc670d1bd1d665620abf7 4f78a7f6d29809585a97daec58c6b050`,
  ],
  [
    '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    `601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5
     2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6`,
  ],
] as const;

const ctrStart = hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');

function aesCtr({ aesCtr }: CryptoProvider): void {
  for (const [key, encrypted] of ctrAnswers) {
    const bytes = ctrPlain.slice();
    const stream = aesCtr(hex(key), ctrStart);
    stream.apply(bytes.subarray(0, 16));
    stream.apply(bytes.subarray(16));
    requireSame(bytes, hex(encrypted));
  }
}

async function batchedAesCtr({ batchedAesCtr }: CryptoProvider): Promise<void> {
  for (const [key, encrypted] of ctrAnswers) {
    const stream = batchedAesCtr!(hex(key));
    if (stream !== undefined) requireSame(await stream.apply(ctrStart, ctrPlain), hex(encrypted));
  }
}

const hmacAnswers: Record<HashName, string> = {
  sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  sha384: 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  sha512: `164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554
    9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737`,
};

const hmac =
  (create: (provider: CryptoProvider) => CryptoProvider['hmac'] | NonNullable<CryptoProvider['batchedHmac']>) =>
  async (provider: CryptoProvider): Promise<void> => {
    for (const name of ['sha256', 'sha384', 'sha512'] as const) {
      const authenticate = create(provider)(name, ascii('Jefe'));
      requireSame(await authenticate(ascii('what do ya want '), ascii('for nothing?')), hex(hmacAnswers[name]));
    }
  };

const hashes: Cases = {
  'SHA-1': ({ hash }) => {
    requireSame(hash('sha1', ascii('abc')), hex('a9993e364706816aba3e25717850c26c9cd0d89d'));
  },
  'SHA-256': ({ hash }) => {
    requireSame(
      hash('sha256', ascii('a'), ascii('bc')),
      hex('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
    );
  },
  'SHA-384': ({ hash }) => {
    requireSame(
      hash('sha384', ascii('abc')),
      hex(`cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163
        1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7`),
    );
  },
  'SHA-512': ({ hash }) => {
    requireSame(
      hash('sha512', ascii('abc')),
      hex(`ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
        2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f`),
    );
  },
};

export const knownAnswers = [
  proof('RFC 8032 §7.1: Ed25519', ['Ed25519'], ed25519Cases()),
  proof('RFC 7748 §5.2', ['X25519'], x25519),
  proof('RFC 5903 §8.1', ['ECDH over nistp256'], { 'ECDH over P-256': agreeOverP256 }),
  proof('RFC 6979 §A.2.5', ['ECDSA over nistp256'], { 'ECDSA over P-256': verifyOverP256 }),
  proof('RFC 8439 §2.4.2', ['ChaCha20'], { ChaCha20: chacha20 }),
  proof('RFC 8439 §2.5.2', ['Poly1305'], { Poly1305: poly1305 }),
  proof('GCM specification, test cases 4 and 16', ['AES-GCM'], { 'AES-GCM': gcm(({ aesGcm }) => aesGcm) }),
  proof('GCM specification, test cases 4 and 16, in batches', ['batched AES-GCM'], {
    'AES-GCM': gcm(({ batchedAesGcm }) => batchedAesGcm!),
  }),
  proof('NIST SP 800-38A §F.5', ['AES-CTR'], { 'AES-CTR': aesCtr }),
  proof('NIST SP 800-38A §F.5, in batches', ['batched AES-CTR'], { 'AES-CTR': batchedAesCtr }),
  proof('RFC 4231 §4.3', ['hmac'], { HMAC: hmac(({ hmac }) => hmac) }),
  proof('RFC 4231 §4.3, in batches', ['batched hmac'], { HMAC: hmac(({ batchedHmac }) => batchedHmac!) }),
  proof('FIPS 180-4: hashes of "abc"', ['hash'], hashes),
];
