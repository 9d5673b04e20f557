/** The file system that all sessions of a server share. Anyone may log in, so it is bounded. */
import { getCommandNames, InMemoryFs } from 'just-bash/browser';
import type { BufferEncoding, CpOptions, FileContent, MkdirOptions, RmOptions } from 'just-bash/browser';
import { ownCommands } from '../commands/index.js';
import { USERS } from '../users.js';
import { homeFiles } from './home-files.js';

export interface FileLimits {
  /** Of all files together. */
  readonly bytes: number;
  /** Files and directories, including those of the system. */
  readonly entries: number;
}

const LIMITS: FileLimits = { bytes: 64 * 2 ** 20, entries: 4096 };
/** In UTF-16 units: paths take memory like contents do. */
const MAXIMUM_PATH = 1024;
/** Where visitors may change files; everything else, including the home directories themselves, survives `rm -rf /`. */
const WRITABLE = /^\/(?:home\/[^/]+|tmp)\/./;

/** What is written to them is discarded. */
const DEVICES: ReadonlySet<string> = new Set(
  ['null', 'zero', 'stdin', 'stdout', 'stderr'].map((name) => `/dev/${name}`),
);

function initialFiles(): Record<string, string> {
  const homes = USERS.flatMap((user) =>
    Object.entries(homeFiles).map(([path, text]) => [`/home/${user}/${path}`, text]),
  );
  const programs = [...getCommandNames(), ...Object.keys(ownCommands)].map((name) => [
    `/usr/bin/${name}`,
    `# ${name} is a part of this shell\n`,
  ]);
  const devices = [...DEVICES].map((path) => [path, '']);
  return Object.fromEntries([...homes, ...programs, ...devices, ['/etc/motd', 'Everything here is JavaScript.\n']]);
}

export class BoundedFiles extends InMemoryFs {
  readonly #maximumEntries: number;

  constructor({ bytes, entries }: FileLimits = LIMITS) {
    super(initialFiles(), { maxTotalBytes: bytes });
    this.#maximumEntries = entries;
    this.mkdirSync('/tmp');
  }

  override async writeFile(
    path: string,
    content: FileContent,
    options?: { encoding?: BufferEncoding } | BufferEncoding,
  ): Promise<void> {
    if (DEVICES.has(path)) return;
    await this.#admit(path);
    return super.writeFile(path, content, options);
  }

  override async appendFile(
    path: string,
    content: FileContent,
    options?: { encoding?: BufferEncoding } | BufferEncoding,
  ): Promise<void> {
    if (DEVICES.has(path)) return;
    await this.#admit(path);
    return super.appendFile(path, content, options);
  }

  override async mkdir(path: string, options?: MkdirOptions): Promise<void> {
    await this.#admit(path);
    return super.mkdir(path, options);
  }

  override async cp(source: string, target: string, options?: CpOptions): Promise<void> {
    const copied = this.getAllPaths().filter((path) => path.startsWith(`${source}/`)).length;
    await this.#admit(target, copied + 1);
    return super.cp(source, target, options);
  }

  override async rm(path: string, options?: RmOptions): Promise<void> {
    this.#protect(path);
    return super.rm(path, options);
  }

  override async chmod(path: string, mode: number): Promise<void> {
    this.#protect(path);
    return super.chmod(path, mode);
  }

  override async utimes(path: string, accessed: Date, modified: Date): Promise<void> {
    this.#protect(path);
    return super.utimes(path, accessed, modified);
  }

  override async mv(source: string, target: string): Promise<void> {
    this.#protect(source);
    await this.#admit(target, 0);
    return super.mv(source, target);
  }

  override async symlink(target: string, path: string): Promise<void> {
    await this.#admit(path, 1, target);
    return super.symlink(target, path);
  }

  override async link(existing: string, path: string): Promise<void> {
    await this.#admit(path);
    return super.link(existing, path);
  }

  /** @throws Error like a system's if there is no room for `entries` more at `path`. */
  async #admit(path: string, entries = 1, content = ''): Promise<void> {
    this.#protect(path);
    if (path.length > MAXIMUM_PATH || content.length > MAXIMUM_PATH) {
      throw new Error(`ENAMETOOLONG: file name too long, '${path.slice(0, 64)}…'`);
    }
    if (entries <= 1 && (await this.exists(path))) return;
    if (this.getAllPaths().length + entries <= this.#maximumEntries) return;
    throw new Error(`ENOSPC: no space left on device, '${path}'`);
  }

  /**
   * Security: checking the path is enough, as just-bash does not write files through links (only their times).
   * @throws Error like a system's if visitors may not change this path.
   */
  #protect(path: string): void {
    if (!WRITABLE.test(this.resolvePath('/', path))) throw new Error(`EACCES: permission denied, '${path}'`);
  }
}
