/** Files under /proc/self/fd: what a script appends to them goes to the session. See `live-output.ts`. */
import { InMemoryFs, type BufferEncoding, type FileContent } from 'just-bash/browser';

export const STREAMS_MOUNT = '/proc/self/fd';
export const STREAM_PATHS = {
  stdout: `${STREAMS_MOUNT}/1`,
  stderr: `${STREAMS_MOUNT}/2`,
  /** Opened only in order to pause. */
  pause: `${STREAMS_MOUNT}/pause`,
  /** Opened by `exit`. */
  exit: `${STREAMS_MOUNT}/exit`,
  /** What a line leaves behind for the next one. */
  state: `${STREAMS_MOUNT}/state`,
} as const;

export interface StreamSinks {
  write(bytes: Uint8Array): Promise<void>;
  writeError(bytes: Uint8Array): Promise<void>;
}

/** A script pauses after so many ms or opened files: some runtimes' clocks stand still while a script runs. */
const LONGEST_RUN = 10;
const MOST_OPENED = 512;
const encoder = new TextEncoder();

export class Streams extends InMemoryFs {
  /** What was appended to the file `state`. */
  state = '';
  /** Whether the script reached an `exit`. */
  hasExited = false;
  #sinks: StreamSinks | undefined;
  #lastPause = performance.now();
  /** Files opened since the last pause. */
  #sincePause = 0;

  constructor() {
    super(Object.fromEntries(Object.values(STREAM_PATHS).map((path) => [path.slice(STREAMS_MOUNT.length), ''])));
  }

  /** Begins a script. */
  begin(sinks: StreamSinks): void {
    this.#sinks = sinks;
    this.state = '';
    this.hasExited = false;
    this.#rested();
  }

  override async appendFile(
    path: string,
    content: FileContent,
    options?: { encoding?: BufferEncoding } | BufferEncoding,
  ): Promise<void> {
    await this.#pause();
    const name = STREAMS_MOUNT + path;
    if (name === STREAM_PATHS.exit) this.hasExited = true;
    if (content.length === 0) return;
    const bytes = toBytes(content, typeof options === 'string' ? options : options?.encoding);
    if (name === STREAM_PATHS.state) this.state += new TextDecoder().decode(bytes);
    else await this.#send(name, bytes);
  }

  override writeFile(
    path: string,
    content: FileContent,
    options?: { encoding?: BufferEncoding } | BufferEncoding,
  ): Promise<void> {
    return this.appendFile(path, content, options);
  }

  async #send(name: string, bytes: Uint8Array): Promise<void> {
    if (name === STREAM_PATHS.stdout) await this.#sinks?.write(bytes);
    else if (name === STREAM_PATHS.stderr) await this.#sinks?.writeError(bytes);
  }

  /** A script runs on promises alone; a timer lets everything else, ^C included, have its turn. */
  async #pause(): Promise<void> {
    this.#sincePause += 1;
    if (this.#sincePause < MOST_OPENED && performance.now() - this.#lastPause < LONGEST_RUN) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    this.#rested();
  }

  #rested(): void {
    this.#sincePause = 0;
    this.#lastPause = performance.now();
  }
}

/** With the encodings `binary` and `latin1`, just-bash's strings hold one byte per character. */
function toBytes(content: FileContent, encoding: BufferEncoding | undefined): Uint8Array {
  if (typeof content !== 'string') return content;
  return encoding === 'binary' || encoding === 'latin1' ? bytesFromLatin1(content) : encoder.encode(content);
}

export function bytesFromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

export function latin1FromBytes(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}
