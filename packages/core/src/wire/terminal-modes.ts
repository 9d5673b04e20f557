/** RFC 4254 §8, RFC 8160: encoded terminal modes, one row each. */
import { Reader } from './reader.js';
import { Writer } from './writer.js';

/** What an argument means: a control character (255: none), a switch (0: off) or bits per second. */
export type TerminalModeKind = 'character' | 'flag' | 'speed';

const character = (opcode: number) => ({ opcode, kind: 'character' }) as const;
const flag = (opcode: number) => ({ opcode, kind: 'flag' }) as const;
const speed = (opcode: number) => ({ opcode, kind: 'speed' }) as const;

/** All modes named in RFC 4254 §8 and RFC 8160. */
export const terminalModes = {
  VINTR: character(1),
  VQUIT: character(2),
  VERASE: character(3),
  VKILL: character(4),
  VEOF: character(5),
  VEOL: character(6),
  VEOL2: character(7),
  VSTART: character(8),
  VSTOP: character(9),
  VSUSP: character(10),
  VDSUSP: character(11),
  VREPRINT: character(12),
  VWERASE: character(13),
  VLNEXT: character(14),
  VFLUSH: character(15),
  VSWTCH: character(16),
  VSTATUS: character(17),
  VDISCARD: character(18),
  IGNPAR: flag(30),
  PARMRK: flag(31),
  INPCK: flag(32),
  ISTRIP: flag(33),
  INLCR: flag(34),
  IGNCR: flag(35),
  ICRNL: flag(36),
  IUCLC: flag(37),
  IXON: flag(38),
  IXANY: flag(39),
  IXOFF: flag(40),
  IMAXBEL: flag(41),
  IUTF8: flag(42),
  ISIG: flag(50),
  ICANON: flag(51),
  XCASE: flag(52),
  ECHO: flag(53),
  ECHOE: flag(54),
  ECHOK: flag(55),
  ECHONL: flag(56),
  NOFLSH: flag(57),
  TOSTOP: flag(58),
  IEXTEN: flag(59),
  ECHOCTL: flag(60),
  ECHOKE: flag(61),
  PENDIN: flag(62),
  OPOST: flag(70),
  OLCUC: flag(71),
  ONLCR: flag(72),
  OCRNL: flag(73),
  ONOCR: flag(74),
  ONLRET: flag(75),
  CS7: flag(90),
  CS8: flag(91),
  PARENB: flag(92),
  PARODD: flag(93),
  TTY_OP_ISPEED: speed(128),
  TTY_OP_OSPEED: speed(129),
} as const satisfies Record<string, { readonly opcode: number; readonly kind: TerminalModeKind }>;

export type TerminalModeName = keyof typeof terminalModes;

/** The modes that a peer specified; others are absent. */
export type TerminalModes = Readonly<Partial<Record<TerminalModeName, number>>>;

const TTY_OP_END = 0;
/** Opcodes 160 to 255 are undefined, as are the lengths of their arguments: they end the list. */
const FIRST_UNDEFINED_OPCODE = 160;
const ARGUMENT_LENGTH = 4;

const names = Object.keys(terminalModes) as TerminalModeName[];
const nameByOpcode: ReadonlyMap<number, TerminalModeName> = new Map(
  names.map((name) => [terminalModes[name].opcode, name]),
);

/** The values that `stty sane` sets on Linux, with UTF-8. */
export const defaultTerminalModes: Readonly<Record<TerminalModeName, number>> = {
  VINTR: 3,
  VQUIT: 28,
  VERASE: 127,
  VKILL: 21,
  VEOF: 4,
  VEOL: 255,
  VEOL2: 255,
  VSTART: 17,
  VSTOP: 19,
  VSUSP: 26,
  VDSUSP: 255,
  VREPRINT: 18,
  VWERASE: 23,
  VLNEXT: 22,
  VFLUSH: 255,
  VSWTCH: 255,
  VSTATUS: 255,
  VDISCARD: 15,
  IGNPAR: 0,
  PARMRK: 0,
  INPCK: 0,
  ISTRIP: 0,
  INLCR: 0,
  IGNCR: 0,
  ICRNL: 1,
  IUCLC: 0,
  IXON: 1,
  IXANY: 0,
  IXOFF: 0,
  IMAXBEL: 1,
  IUTF8: 1,
  ISIG: 1,
  ICANON: 1,
  XCASE: 0,
  ECHO: 1,
  ECHOE: 1,
  ECHOK: 1,
  ECHONL: 0,
  NOFLSH: 0,
  TOSTOP: 0,
  IEXTEN: 1,
  ECHOCTL: 1,
  ECHOKE: 1,
  PENDIN: 0,
  OPOST: 1,
  OLCUC: 0,
  ONLCR: 1,
  OCRNL: 0,
  ONOCR: 0,
  ONLRET: 0,
  CS7: 0,
  CS8: 1,
  PARENB: 0,
  PARODD: 0,
  TTY_OP_ISPEED: 38_400,
  TTY_OP_OSPEED: 38_400,
};

/**
 * Reads the modes of a pty-req. Unknown opcodes are skipped; if a mode is repeated, the last value wins.
 * Interop: the list also ends where the bytes do, since several clients leave TTY_OP_END out.
 */
export function parseTerminalModes(bytes: Uint8Array): TerminalModes {
  const modes: Partial<Record<TerminalModeName, number>> = {};
  const reader = new Reader(bytes);
  while (reader.remaining > ARGUMENT_LENGTH) {
    const opcode = reader.byte();
    if (opcode === TTY_OP_END || opcode >= FIRST_UNDEFINED_OPCODE) break;
    const value = reader.uint32();
    const name = nameByOpcode.get(opcode);
    if (name !== undefined) modes[name] = value;
  }
  return modes;
}

/** Encodes `modes` in the order of their opcodes, with TTY_OP_END. @throws RangeError if a value is not a uint32. */
export function formatTerminalModes(modes: TerminalModes): Uint8Array {
  const writer = new Writer();
  for (const name of names) {
    const value = modes[name];
    if (value === undefined) continue;
    writer.byte(terminalModes[name].opcode);
    writer.uint32(value);
  }
  writer.byte(TTY_OP_END);
  return writer.written();
}
