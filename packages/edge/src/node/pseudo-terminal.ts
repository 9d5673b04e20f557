/** The package `node-pty`, or one of its shape: pseudo-terminals of the system's. */

/** What is used of a terminal of `node-pty`; it fits. */
export interface PseudoTerminal {
  readonly pid: number;
  /** The descriptor of this end, where there is one; without, what a client types is not held up while the program does not read. */
  readonly fd?: number;
  /** The path of the program's end, where there is one. */
  readonly ptsName?: string;
  onData(listener: (data: string | Buffer) => void): unknown;
  onExit(listener: (end: { readonly exitCode: number; readonly signal?: number }) => void): unknown;
  write(data: string | Buffer): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(signal?: string): void;
}

/** What is used of `node-pty`; the module itself fits. */
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
