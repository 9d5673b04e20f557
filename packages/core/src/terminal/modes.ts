/** RFC 4254 §8: the terminal modes in force, as the line discipline and the editor ask for them. */
import { defaultTerminalModes, type TerminalModeName, type TerminalModes } from '../wire/terminal-modes.js';

/** A value for every mode. */
export type ModesInForce = Readonly<Record<TerminalModeName, number>>;

/** What a client did not say is as `stty sane` has it. */
export function modesInForce(modes: TerminalModes): ModesInForce {
  return { ...defaultTerminalModes, ...modes };
}

export function isOn(modes: ModesInForce, name: TerminalModeName): boolean {
  return modes[name] !== 0;
}

/** Says whether `byte` is the control character `name`. 255 disables one (RFC 4254 §8); so does 0, as on Linux. */
export function isCharacter(modes: ModesInForce, name: TerminalModeName, byte: number): boolean {
  return modes[name] === byte && byte !== 0 && byte !== 0xff;
}
