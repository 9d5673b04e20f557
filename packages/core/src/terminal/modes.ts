/** RFC 4254 §8: the terminal modes in force, as queried by the line discipline and the editor. */
import { defaultTerminalModes, type TerminalModeName, type TerminalModes } from '../wire/terminal-modes.js';

/** A value for every mode. */
export type ModesInForce = Readonly<Record<TerminalModeName, number>>;

/** Modes that the client did not specify are as `stty sane` sets them. */
export function modesInForce(modes: TerminalModes): ModesInForce {
  return { ...defaultTerminalModes, ...modes };
}

export function isOn(modes: ModesInForce, name: TerminalModeName): boolean {
  return modes[name] !== 0;
}

/** Whether `byte` is the control character `name`. 255 disables one (RFC 4254 §8); so does 0, as on Linux. */
export function isCharacter(modes: ModesInForce, name: TerminalModeName, byte: number): boolean {
  return modes[name] === byte && byte !== 0 && byte !== 0xff;
}
