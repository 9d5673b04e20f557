/** The gate against a table of its own, written from the RFCs and not from the code. */
import { expect, test } from 'vitest';
import { gate, type Phase, type Role, type Verdict } from '../../packages/core/src/transport/gate.js';

const phases: readonly Phase[] = [
  'kexinit',
  'exchange',
  'newkeys',
  'service',
  'userauth',
  'connection',
  'rekey-exchange',
  'rekey-newkeys',
];

/** RFC 4250 §4.1.2 and the drafts and RFCs since: which numbers mean something. */
const assigned = new Set([1, 2, 3, 4, 5, 6, 7, 20, 21, 50, 51, 52, 53, 80, 81, 82, 192, 193]);
for (let number = 30; number < 50; number += 1) assigned.add(number);
for (let number = 60; number < 80; number += 1) assigned.add(number);
for (let number = 90; number <= 100; number += 1) assigned.add(number);

function expected(role: Role, phase: Phase, strict: boolean, number: number): Verdict {
  const isFirst = phase === 'kexinit' || phase === 'exchange' || phase === 'newkeys';
  const isRekey = phase.startsWith('rekey-');
  if (number === 0) return 'disconnect';
  // RFC 4253 §11.1: a peer may go at any time.
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
  // RFC 4252 §5.1: requests after success are passed over; who may say what is plain from the direction.
  if (number === 50) {
    if (role === 'client' || phase === 'service') return 'disconnect';
    return phase === 'userauth' ? 'handle' : 'ignore';
  }
  if (number <= 53) return role === 'client' && phase === 'userauth' ? 'handle' : 'disconnect';
  return phase === 'userauth' ? 'handle' : 'disconnect';
}

test.each(['server', 'client'] as const)('%s: every phase, every number, strict or not', (role) => {
  const wrong: string[] = [];
  for (const phase of phases) {
    for (const strict of [false, true]) {
      for (let number = 0; number < 256; number += 1) {
        const verdict = gate(role, phase, strict, number);
        const wanted = expected(role, phase, strict, number);
        if (verdict !== wanted) wrong.push(`${phase} strict=${strict} ${number}: ${verdict}, expected ${wanted}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});
