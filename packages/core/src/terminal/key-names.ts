/** xterm control sequences, VT220-style function keys: the names of keys that send an escape sequence. */

/** By the sequence's final character: CSI 1 ; 5 D is `ctrl-left`. */
const keysByFinal: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
};

/** By the first parameter of CSI ... ~. */
const keysByNumber: Readonly<Record<string, string>> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  7: 'home',
  8: 'end',
  200: 'paste-start',
  201: 'paste-end',
};

/** Interop: rxvt sends these for arrow keys with control. */
const rxvtKeys: Readonly<Record<string, string>> = { a: 'ctrl-up', b: 'ctrl-down', c: 'ctrl-right', d: 'ctrl-left' };

const NUMBERS = /^(?:\d{1,3}(?:;\d{1,3})?)?$/;
/** Bits of a modifier parameter minus one; shift (1) is left out, since it changes no key here. */
const ALT = 2;
const CONTROL = 4;
const META = 8;

/** The name of the key that sent `introducer parameters final`, or undefined. */
export function nameOfSequence(introducer: '[' | 'O', parameters: string, final: string): string | undefined {
  if (!NUMBERS.test(parameters)) return undefined;
  if (introducer === 'O' && parameters === '' && Object.hasOwn(rxvtKeys, final)) return rxvtKeys[final];
  const [first = '', second] = parameters.split(';');
  const name = final === '~' ? keysByNumber[first] : keysByFinal[final];
  if (name === undefined) return undefined;
  // Interop: PuTTY and old xterms omit the first parameter of arrow keys.
  const modifiers = Number((second ?? (final === '~' ? '1' : first)) || '1') - 1;
  if ((modifiers & CONTROL) !== 0) return `ctrl-${name}`;
  return (modifiers & (ALT | META)) !== 0 ? `alt-${name}` : name;
}
