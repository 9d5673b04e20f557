/**
 * ChaCha20 (D. J. Bernstein, with a 64-bit counter) and Poly1305 (RFC 8439 §2.5) as the text of a WebAssembly module.
 *
 * Its memory, in bytes: the state of ChaCha20 at 0 (16 words: constants, key, counter, nonce), the one-time key of Poly1305 at
 * 64 (r, then s), its accumulator at 96 (five limbs of 8 bytes), its tag at 136, and from 256 on the text to be worked on.
 */

const STATE = 0;
const POLY_KEY = 64;
const ACCUMULATOR = 96;
const TAG = 136;
/** Pages of 64 KiB. */
const MEMORY_PAGES = 1;

const BLOCK = 64;
/** Blocks computed in parallel, one in each lane of a vector. */
const LANES = 4;

const join = (...lines) => lines.flat(Infinity).join('\n');
const range = (count) => Array.from({ length: count }, (_, index) => index);
const get = (name) => `(local.get $${name})`;
const set = (name, value) => `(local.set $${name} ${value})`;

/* ChaCha20: four blocks at once, word i of each in the vector $v<i>. */

const xor = (a, b) => `(v128.xor ${a} ${b})`;
const addWords = (a, b) => `(i32x4.add ${a} ${b})`;

/** Rotations by whole bytes shuffle bytes; the others shift twice. */
function rotate(vector, bits) {
  if (bits % 8 !== 0) {
    return `(v128.or (i32x4.shl ${vector} (i32.const ${bits})) (i32x4.shr_u ${vector} (i32.const ${32 - bits})))`;
  }
  const bytes = range(16).map((index) => (index & ~3) | ((index - bits / 8) & 3));
  return `(i8x16.shuffle ${bytes.join(' ')} ${vector} ${vector})`;
}

function quarterRound(a, b, c, d) {
  const step = (sum, term, mixed, bits) => [
    set(sum, addWords(get(sum), get(term))),
    set(mixed, xor(get(mixed), get(sum))),
    set(mixed, rotate(get(mixed), bits)),
  ];
  return [step(a, b, d, 16), step(c, d, b, 12), step(a, b, d, 8), step(c, d, b, 7)];
}

const v = (index) => `v${index}`;
const columnRound = range(4).map((i) => quarterRound(v(i), v(i + 4), v(i + 8), v(i + 12)));
const diagonalRound = range(4).map((i) =>
  quarterRound(v(i), v(4 + ((i + 1) % 4)), v(8 + ((i + 2) % 4)), v(12 + ((i + 3) % 4))),
);

const COUNTER = 12;
/** Word `index` of the state in all lanes; the counter increases from lane to lane. */
function stateVector(index) {
  const splat = `(v128.load32_splat offset=${STATE + 4 * index} (i32.const 0))`;
  return index === COUNTER ? addWords(splat, '(v128.const i32x4 0 1 2 3)') : splat;
}

const shuffleWords = (words, a, b) =>
  `(i8x16.shuffle ${words.flatMap((word) => range(4).map((byte) => 4 * word + byte)).join(' ')} ${a} ${b})`;

/** Transposes four vectors, each with one word of every block, into four words per block, and XORs those over the text. */
function storeWords(first) {
  const [a, b, c, d] = range(4).map((index) => get(v(first + index)));
  const [ab, cd, AB, CD] = ['t0', 't1', 't2', 't3'];
  const store = (lane, value) => {
    const offset = `offset=${lane * BLOCK + 4 * first}`;
    return `(v128.store ${offset} ${get('text')} ${xor(`(v128.load ${offset} ${get('text')})`, value)})`;
  };
  return [
    set(ab, shuffleWords([0, 4, 1, 5], a, b)),
    set(cd, shuffleWords([0, 4, 1, 5], c, d)),
    set(AB, shuffleWords([2, 6, 3, 7], a, b)),
    set(CD, shuffleWords([2, 6, 3, 7], c, d)),
    store(0, shuffleWords([0, 1, 4, 5], get(ab), get(cd))),
    store(1, shuffleWords([2, 3, 6, 7], get(ab), get(cd))),
    store(2, shuffleWords([0, 1, 4, 5], get(AB), get(CD))),
    store(3, shuffleWords([2, 3, 6, 7], get(AB), get(CD))),
  ];
}

const chacha20 = join(
  ';; XORs the key stream over `length` bytes at `text`, and over what is left of the last group of four blocks behind them.',
  '(func (export "chacha20") (param $text i32) (param $length i32)',
  '(local $end i32) (local $rounds i32)',
  range(16).map((index) => `(local $${v(index)} v128)`),
  range(4).map((index) => `(local $t${index} v128)`),
  set('end', `(i32.add ${get('text')} ${get('length')})`),
  '(block $done (loop $group',
  `(br_if $done (i32.ge_u ${get('text')} ${get('end')}))`,
  range(16).map((index) => set(v(index), stateVector(index))),
  set('rounds', '(i32.const 10)'),
  '(loop $double',
  columnRound,
  diagonalRound,
  `(br_if $double (local.tee $rounds (i32.sub ${get('rounds')} (i32.const 1)))))`,
  range(16).map((index) => set(v(index), addWords(get(v(index)), stateVector(index)))),
  [0, 4, 8, 12].map(storeWords),
  `(i32.store offset=${STATE + 4 * COUNTER} (i32.const 0)`,
  `  (i32.add (i32.load offset=${STATE + 4 * COUNTER} (i32.const 0)) (i32.const ${LANES})))`,
  set('text', `(i32.add ${get('text')} (i32.const ${LANES * BLOCK}))`),
  '(br $group))))',
);

/*
 * Poly1305: the accumulator is h0..h3 in words of 32 bits and h4 above them, r is r0..r3. The upper four bits of each word of
 * r are clear, and words 1 to 3 are multiples of 4, so that 2^130 = 5 turns a product past word 3 into one with s = r + r / 4.
 *
 * Bounds: h0 < 2^34, h1..h3 < 2^33 with the text added, h4 < 8; r < 2^28, s < 1.25 · 2^28. A sum of products is then less than
 * (2^34 + 3 · 1.25 · 2^33 + 8 · 1.25) · 2^28 < 2^64.
 */

const addAll = (first, ...rest) => rest.reduce((sum, term) => `(i64.add ${sum} ${term})`, first);
const product = (a, b) => `(i64.mul ${get(a)} ${get(b)})`;
const high = (name) => `(i64.shr_u ${get(name)} (i64.const 32))`;
const low = (name) => `(i64.and ${get(name)} (i64.const 0xffffffff))`;
const word = (offset, address) => `(i64.load32_u offset=${offset} ${address})`;
const wide = (offset) => `(i64.load offset=${offset} (i32.const 0))`;
const storeWide = (offset, value) => `(i64.store offset=${offset} (i32.const 0) ${value})`;
const CLAMP = ['0x0fffffff', '0x0ffffffc', '0x0ffffffc', '0x0ffffffc'];

const limbs = range(5).map((index) => `h${index}`);

const loadKey = [
  range(4).map((i) => set(`r${i}`, `(i64.and ${word(POLY_KEY + 4 * i, '(i32.const 0)')} (i64.const ${CLAMP[i]}))`)),
  range(3).map((i) => set(`s${i + 1}`, addAll(get(`r${i + 1}`), `(i64.shr_u ${get(`r${i + 1}`)} (i64.const 2))`))),
];

/** h = (h + block) · r, partly reduced. */
const multiplyBlock = [
  range(4).map((i) => set(`h${i}`, addAll(get(`h${i}`), word(4 * i, get('text'))))),
  set('h4', addAll(get('h4'), `(i64.extend_i32_u ${get('one')})`)),
  set('d0', addAll(product('h0', 'r0'), product('h1', 's3'), product('h2', 's2'), product('h3', 's1'))),
  set(
    'd1',
    addAll(
      product('h0', 'r1'),
      product('h1', 'r0'),
      product('h2', 's3'),
      product('h3', 's2'),
      product('h4', 's1'),
      high('d0'),
    ),
  ),
  set(
    'd2',
    addAll(
      product('h0', 'r2'),
      product('h1', 'r1'),
      product('h2', 'r0'),
      product('h3', 's3'),
      product('h4', 's2'),
      high('d1'),
    ),
  ),
  set(
    'd3',
    addAll(
      product('h0', 'r3'),
      product('h1', 'r2'),
      product('h2', 'r1'),
      product('h3', 'r0'),
      product('h4', 's3'),
      high('d2'),
    ),
  ),
  set('h4', addAll(product('h4', 'r0'), high('d3'))),
  // What is above bit 130 is added again at the bottom, times five.
  set('h0', addAll(low('d0'), `(i64.mul (i64.shr_u ${get('h4')} (i64.const 2)) (i64.const 5))`)),
  set('h1', low('d1')),
  set('h2', low('d2')),
  set('h3', low('d3')),
  set('h4', `(i64.and ${get('h4')} (i64.const 3))`),
];

const locals = (...names) => names.flat().map((name) => `(local $${name} i64)`);

const poly1305Blocks = join(
  ';; Takes whole blocks: `length` is a multiple of 16. `one` is 1, and 0 for a last block that carries its own.',
  '(func (export "poly1305Blocks") (param $text i32) (param $length i32) (param $one i32)',
  '(local $end i32)',
  locals(limbs, 'r0', 'r1', 'r2', 'r3', 's1', 's2', 's3', 'd0', 'd1', 'd2', 'd3'),
  set('end', `(i32.add ${get('text')} ${get('length')})`),
  loadKey,
  limbs.map((limb, index) => set(limb, wide(ACCUMULATOR + 8 * index))),
  '(block $done (loop $block',
  `(br_if $done (i32.ge_u ${get('text')} ${get('end')}))`,
  multiplyBlock,
  set('text', `(i32.add ${get('text')} (i32.const 16))`),
  '(br $block)))',
  limbs.map((limb, index) => storeWide(ACCUMULATOR + 8 * index, get(limb))),
  ')',
);

/** Carries from h0 up, so that h0..h3 are words of 32 bits. */
const carry = [0, 1, 2, 3].map((i) => [
  set(`h${i + 1}`, addAll(get(`h${i + 1}`), high(`h${i}`))),
  set(`h${i}`, low(`h${i}`)),
]);

const poly1305Tag = join(
  ';; Reduces the accumulator fully, without a branch, adds s, and writes the tag.',
  '(func (export "poly1305Tag")',
  locals(limbs, 'd0', 'd1', 'd2', 'd3', 'd4', 'keep'),
  limbs.map((limb, index) => set(limb, wide(ACCUMULATOR + 8 * index))),
  carry,
  set('h0', addAll(get('h0'), `(i64.mul (i64.shr_u ${get('h4')} (i64.const 2)) (i64.const 5))`)),
  set('h4', `(i64.and ${get('h4')} (i64.const 3))`),
  carry,
  // d = h + 5 - 2^130 is h - p: if it is not negative, it is the residue.
  set('d0', addAll(get('h0'), '(i64.const 5)')),
  range(4).map((i) => set(`d${i + 1}`, addAll(get(`h${i + 1}`), high(`d${i}`)))),
  set('keep', `(i64.sub (i64.shr_u ${get('d4')} (i64.const 2)) (i64.const 1))`),
  range(4).map((i) => {
    const kept = `(i64.and ${get(`h${i}`)} ${get('keep')})`;
    const taken = `(i64.and ${low(`d${i}`)} (i64.xor ${get('keep')} (i64.const -1)))`;
    return set(`h${i}`, `(i64.or ${kept} ${taken})`);
  }),
  range(4).map((i) => [
    set(
      `h${i}`,
      addAll(get(`h${i}`), word(POLY_KEY + 16 + 4 * i, '(i32.const 0)'), ...(i > 0 ? [high(`h${i - 1}`)] : [])),
    ),
    `(i64.store32 offset=${TAG + 4 * i} (i32.const 0) ${get(`h${i}`)})`,
  ]),
  ')',
);

export const source = join(
  '(module',
  `(memory (export "memory") ${MEMORY_PAGES})`,
  chacha20,
  poly1305Blocks,
  poly1305Tag,
  ')',
);
