/**
 * The gate: what happens to a message of each number, by role and phase, before any handler sees it
 * (RFC 4253 §6, §7.1, §11; RFC 4252 §6; RFC 4254 §9; OpenSSH's PROTOCOL §1.9 for strict key exchange).
 */

export type Role = 'client' | 'server';

/**
 * The stage of a connection, as determined by the peer's messages. The first three are the first key exchange, the last
 * two every later one: once the peer has sent its KEXINIT, only messages of the exchange may come from it (RFC 4253
 * §7.1).
 */
export type Phase =
  'kexinit' | 'exchange' | 'newkeys' | 'service' | 'userauth' | 'connection' | 'rekey-exchange' | 'rekey-newkeys';

export type Verdict = 'handle' | 'ignore' | 'unimplemented' | 'disconnect';

const PHASES: readonly Phase[] = [
  'kexinit',
  'exchange',
  'newkeys',
  'service',
  'userauth',
  'connection',
  'rekey-exchange',
  'rekey-newkeys',
];

/** Whether the keys of the first exchange are in use. */
export function hasKeys(phase: Phase): boolean {
  return PHASES.indexOf(phase) > PHASES.indexOf('newkeys');
}

/**
 * The table: first and last number, then what a server does and what a client does, one letter per phase in the order
 * above.
 * h handle · i ignore · u unimplemented · - disconnect · s handle, but disconnect if key exchange is strict.
 */
// prettier-ignore
const ROWS: readonly (readonly [number, number, string, string])[] = [
  //          server          client
  [0, 0,     '--------',     '--------'],
  [1, 1,     'hhhhhhhh',     'hhhhhhhh'], // DISCONNECT
  [2, 4,     'ssshhhhh',     'ssshhhhh'], // IGNORE, UNIMPLEMENTED, DEBUG
  [5, 5,     '---hh---',     '--------'], // SERVICE_REQUEST
  [6, 6,     '--------',     '---h----'], // SERVICE_ACCEPT
  [7, 7,     '---h----',     '---hh---'], // EXT_INFO
  [8, 19,    '---uuu--',     '---uuu--'],
  [20, 20,   'h--hhh--',     'h--hhh--'], // KEXINIT
  [21, 21,   '--h----h',     '--h----h'], // NEWKEYS
  [22, 29,   '---uuu--',     '---uuu--'],
  [30, 49,   '-h----h-',     '-h----h-'], // the current exchange's own
  [50, 50,   '----hi--',     '--------'], // USERAUTH_REQUEST
  [51, 52,   '--------',     '----h---'], // USERAUTH_FAILURE, USERAUTH_SUCCESS
  [53, 53,   '--------',     '----h---'], // USERAUTH_BANNER
  [54, 59,   '---uuu--',     '---uuu--'],
  [60, 79,   '----h---',     '----h---'], // the current method's own
  [80, 82,   '-----h--',     '-----h--'], // global requests
  [83, 89,   '-----u--',     '-----u--'],
  [90, 100,  '-----h--',     '-----h--'], // channels
  [101, 127, '-----u--',     '-----u--'],
  [128, 191, '---uuu--',     '---uuu--'],
  [192, 193, '-----h--',     '-----h--'], // PING, PONG
  [194, 255, '---uuu--',     '---uuu--'],
];

const VERDICTS: Readonly<Record<string, Verdict>> = {
  h: 'handle',
  s: 'handle',
  i: 'ignore',
  u: 'unimplemented',
  '-': 'disconnect',
};

/** What to do with message `number`. */
export function gate(role: Role, phase: Phase, strict: boolean, number: number): Verdict {
  const letter = LETTERS[role][number]?.[PHASES.indexOf(phase)] ?? '-';
  if (letter === 's' && strict) return 'disconnect';
  return VERDICTS[letter] ?? 'disconnect';
}

const LETTERS: Readonly<Record<Role, readonly string[]>> = { server: expand(2), client: expand(3) };

function expand(column: 2 | 3): readonly string[] {
  return ROWS.flatMap((row) => Array.from({ length: row[1] - row[0] + 1 }, () => row[column]));
}
