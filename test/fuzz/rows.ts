/** Every row that the mutators know: messages by number, the records inside their open ends, and the names in them. */
import { groupExchanges } from '../../packages/core/src/algorithms/group-exchange.js';
import * as tables from '../../packages/core/src/algorithms/table.js';
import * as connectionRows from '../../packages/core/src/connection/messages.js';
import { sessionRequests } from '../../packages/core/src/connection/session-requests.js';
import * as transportRows from '../../packages/core/src/transport/messages.js';
import { MARKERS } from '../../packages/core/src/transport/negotiation.js';
import * as dialogueRows from '../../packages/core/src/userauth/keyboard-interactive-messages.js';
import * as userauthRows from '../../packages/core/src/userauth/messages.js';
import type { Fields } from '../../packages/core/src/wire/fields.js';
import type { Layout, Message } from '../../packages/core/src/wire/message.js';

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'number' in value && 'fields' in value;
}

/** A number may have several rows: 60 means something else in each method. */
export const messages: readonly Message[] = [
  ...Object.values(transportRows),
  ...Object.values(userauthRows),
  ...Object.values(dialogueRows),
  ...Object.values(connectionRows),
].filter(isMessage);

const { passwordFields, newPasswordFields, publicKeyFields, signatureFields } = userauthRows;
const { keyboardInteractiveFields } = dialogueRows;

/** What a field that takes the rest of a message may contain. */
export const tails: readonly Layout<Fields>[] = [
  ...Object.values(sessionRequests),
  passwordFields,
  newPasswordFields,
  publicKeyFields,
  signatureFields,
  keyboardInteractiveFields,
];

export function messagesWith(number: number | undefined): readonly Message[] {
  return messages.filter((row) => row.number === number);
}

const algorithmNames = [...Object.values({ ...tables }), groupExchanges.keyExchanges].flatMap((table) =>
  Object.keys(table),
);

/** Names that the code compares with. A run adds the strings that it finds in core's sources. */
export const words: string[] = [
  ...algorithmNames,
  ...Object.values(MARKERS).flatMap((names) => Object.values(names)),
  ...Object.keys(sessionRequests),
  ...'none password publickey keyboard-interactive hostbased ssh-userauth ssh-connection fuzz root'.split(' '),
  ...'session direct-tcpip forwarded-tcpip x11 tcpip-forward keepalive@openssh.com server-sig-algs'.split(' '),
  ...'TERM xterm exit cat ../ ü€😀 \u0000 \u001b]0;x\u0007'.split(' '),
  '',
];

/** Numbers at which lengths, windows, counts and counters are likely to go wrong. */
// prettier-ignore
export const edges: readonly number[] = [
  0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100, 127, 128, 255, 256, 257,
  1023, 1024, 1025, 4095, 4096, 8192, 32_767, 32_768, 32_769, 35_000, 35_001, 65_535, 65_536,
  262_143, 262_144, 262_145, 2_097_151, 2_097_152, 2_097_153,
  0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff,
];
