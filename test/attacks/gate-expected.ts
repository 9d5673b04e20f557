/** The reaction required for each message number, by role, phase and strictness: taken from the RFCs, not from the code. */
import type { Phase, Role, Verdict } from '../../packages/core/src/transport/gate.js';

export const phases: readonly Phase[] = [
  'kexinit',
  'exchange',
  'newkeys',
  'service',
  'userauth',
  'connection',
  'rekey-exchange',
  'rekey-newkeys',
];

/** The phases in which it matters whether a peer is strict. */
export const FIRST_EXCHANGE: readonly Phase[] = ['kexinit', 'exchange', 'newkeys'];

/** The phases of the unit tests; `thorough/gate.test.ts` has the others. */
export const UNIT_PHASES: readonly Phase[] = ['kexinit', 'exchange', 'userauth'];

/** RFC 4250 §4.1.2 and the drafts and RFCs since: which numbers mean something. */
const assigned = new Set([1, 2, 3, 4, 5, 6, 7, 20, 21, 50, 51, 52, 53, 80, 81, 82, 192, 193]);
for (let number = 30; number < 50; number += 1) assigned.add(number);
for (let number = 60; number < 80; number += 1) assigned.add(number);
for (let number = 90; number <= 100; number += 1) assigned.add(number);

export function expectedVerdict(role: Role, phase: Phase, strict: boolean, number: number): Verdict {
  const isFirst = FIRST_EXCHANGE.includes(phase);
  const isRekey = phase.startsWith('rekey-');
  if (number === 0) return 'disconnect';
  // RFC 4253 §11.1: a peer may disconnect at any time.
  if (number === 1) return 'handle';
  // Strict key exchange forbids the optional messages in the first exchange; RFC 4253 §7.1 allows them everywhere.
  if (number >= 2 && number <= 4) return isFirst && strict ? 'disconnect' : 'handle';
  // RFC 4253 §7.1: nothing but the exchange once the peer has sent its KEXINIT.
  if (isFirst || isRekey) {
    const step = isRekey ? phase.slice('rekey-'.length) : phase;
    const wanted =
      step === 'kexinit' ? number === 20 : step === 'exchange' ? number >= 30 && number < 50 : number === 21;
    return wanted ? 'handle' : 'disconnect';
  }
  if (number === 20) return 'handle';
  if (number === 21 || (number >= 30 && number < 50)) return 'disconnect';
  // RFC 4253 §10; a client may ask again before every authentication request.
  if (number === 5) return role === 'server' && phase !== 'connection' ? 'handle' : 'disconnect';
  if (number === 6) return role === 'client' && phase === 'service' ? 'handle' : 'disconnect';
  // RFC 8308 §2.4: a client's comes first of all, a server's may also come just before SUCCESS.
  if (number === 7) {
    if (phase === 'service') return 'handle';
    return role === 'client' && phase === 'userauth' ? 'handle' : 'disconnect';
  }
  // RFC 4252 §6: numbers from 80 on before authentication are an error; ping is theirs too.
  const isConnection = (number >= 80 && number <= 127) || number === 192 || number === 193;
  if (isConnection && phase !== 'connection') return 'disconnect';
  // RFC 4253 §11.4
  if (!assigned.has(number)) return 'unimplemented';
  if (isConnection) return 'handle';
  // RFC 4252 §5.1: requests after success are ignored; the direction tells which role may send what.
  if (number === 50) {
    if (role === 'client' || phase === 'service') return 'disconnect';
    return phase === 'userauth' ? 'handle' : 'ignore';
  }
  if (number <= 53) return role === 'client' && phase === 'userauth' ? 'handle' : 'disconnect';
  return phase === 'userauth' ? 'handle' : 'disconnect';
}

/** What a peer sees: nothing, an answer of this number, UNIMPLEMENTED, DISCONNECT with this reason, or the end without one. */
export type Reaction = 'silence' | 'closed' | 'unimplemented' | `answer ${number}` | `disconnect ${number}`;

/** What happens to a message of plausible content that is let through. */
const answers: Readonly<Record<Role, Partial<Record<Phase, Readonly<Record<number, Reaction>>>>>> = {
  server: {
    exchange: { 30: 'answer 31' },
    service: { 5: 'answer 6', 20: 'answer 20' },
    userauth: { 5: 'answer 6', 20: 'answer 20', 50: 'answer 51' },
    connection: {
      20: 'answer 20',
      80: 'answer 82',
      90: 'answer 91',
      94: 'answer 94',
      // RFC 4254 §6.10: the command has read to the end of its input, and ends.
      96: 'answer 98',
      97: 'answer 97',
      98: 'answer 100',
      192: 'answer 193',
    },
    'rekey-exchange': { 30: 'answer 31' },
  },
  client: {
    kexinit: { 20: 'answer 30' },
    exchange: { 31: 'answer 21' },
    newkeys: { 21: 'answer 5' },
    service: { 6: 'answer 50', 20: 'answer 20' },
    // Nothing is left to try after a refusal; after success the application goes on with a channel.
    userauth: { 20: 'answer 20', 51: 'disconnect 11', 52: 'answer 90' },
    connection: {
      20: 'answer 20',
      80: 'answer 82',
      // RFC 4254 §5.1: nothing was asked for that a server could open.
      90: 'answer 92',
      97: 'answer 97',
      98: 'answer 100',
      192: 'answer 193',
    },
    'rekey-exchange': { 31: 'answer 21' },
  },
};

export function expectedReaction(role: Role, phase: Phase, strict: boolean, number: number): Reaction {
  // Whether a peer is strict is known once its KEXINIT has arrived.
  const verdict = expectedVerdict(role, phase, strict && phase !== 'kexinit', number);
  if (verdict === 'disconnect') return 'disconnect 2';
  if (verdict === 'unimplemented') return 'unimplemented';
  if (number === 1) return 'closed';
  const answer = answers[role][phase]?.[number];
  if (answer !== undefined) return answer;
  // An exchange of two messages has no others.
  if (number >= 30 && number < 50) return 'disconnect 2';
  // RFC 4252 §6: they belong to a method, and none is in progress: `none`, which the client asks for, has no messages.
  if (number >= 60 && number < 80) return 'disconnect 2';
  // RFC 4254 §5.1: nobody asked to open this channel.
  if (number === 91 || number === 92) return 'disconnect 2';
  return 'silence';
}
