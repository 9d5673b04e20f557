/** The package `node-pty`, or one of the same shape: the system's pseudo-terminals. */

/** The part of a `node-pty` terminal that is used. */
export interface PseudoTerminal {
  readonly pid: number;
  /** The descriptor of this end, if known; without it, a client's input is not held up while the program does not read. */
  readonly fd?: number;
  /** The path of the program's end, if known. */
  readonly ptsName?: string;
  onData(listener: (data: string | Buffer) => void): unknown;
  onExit(listener: (end: { readonly exitCode: number; readonly signal?: number }) => void): unknown;
  write(data: string | Buffer): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(signal?: string): void;
}

/** The part of the module `node-pty` that is used. */
export interface PseudoTerminals {
  spawn(
    file: string,
    args: string[],
    options: {
      readonly name: string;
      readonly cols: number;
      readonly rows: number;
      readonly cwd?: string;
      readonly uid?: number;
      readonly gid?: number;
      readonly env: Record<string, string>;
      readonly encoding: null;
    },
  ): PseudoTerminal;
}
