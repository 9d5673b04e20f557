import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultTerminalModes,
  formatTerminalModes,
  parseTerminalModes,
  terminalModes,
  type TerminalModes,
} from './terminal-modes.js';

const argument = (value: number) => [0, 0, 0, value];

describe('RFC 4254 §8: encoding of terminal modes', () => {
  test('every mode has an opcode of its own, in rising order, that takes an argument', () => {
    const opcodes = Object.values(terminalModes).map((mode) => mode.opcode);
    expect(opcodes).toEqual([...new Set(opcodes)].toSorted((a, b) => a - b));
    expect(opcodes.every((opcode) => opcode >= 1 && opcode <= 159)).toBe(true);
  });

  test('an opcode byte, then a uint32; TTY_OP_END last', () => {
    expect(formatTerminalModes({ ECHO: 0, VEOF: 4 })).toEqual(
      Uint8Array.from([5, ...argument(4), 53, ...argument(0), 0]),
    );
    expect(formatTerminalModes({})).toEqual(Uint8Array.of(0));
  });

  test('what was formatted parses to the same modes', () => {
    const modes = fc.record(
      Object.fromEntries(Object.keys(terminalModes).map((name) => [name, fc.integer({ min: 0, max: 0xffff_ffff })])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(modes, (given) => {
        expect(parseTerminalModes(formatTerminalModes(given as TerminalModes))).toEqual({ ...given });
      }),
    );
    expect(parseTerminalModes(formatTerminalModes(defaultTerminalModes))).toEqual(defaultTerminalModes);
  });

  test('opcodes without a name are skipped, 160 and above end the list, the last value wins', () => {
    const bytes = [20, ...argument(9), 53, ...argument(1), 53, ...argument(0), 160, 51, ...argument(1)];
    expect(parseTerminalModes(Uint8Array.from(bytes))).toEqual({ ECHO: 0 });
  });

  test('the list ends where the bytes do', () => {
    expect(parseTerminalModes(new Uint8Array())).toEqual({});
    expect(parseTerminalModes(Uint8Array.from([53, ...argument(1), 51, 0, 0]))).toEqual({ ECHO: 1 });
    expect(parseTerminalModes(Uint8Array.from([53, ...argument(1)]))).toEqual({ ECHO: 1 });
  });

  test('no bytes make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseTerminalModes(bytes)));
  });
});
