/** The file system that all sessions of a server share. Anyone may log in, so that it has bounds. */
import {
  InMemoryFs,
  type BufferEncoding,
  type FileContent,
  type MkdirOptions,
  type CpOptions,
} from 'just-bash/browser';
import { USERS } from '../users.js';
import { homeFiles } from './home-files.js';

/** All files together, in bytes. */
const MAXIMUM_BYTES = 64 * 2 ** 20;
/** Files and directories, those of the system among them. */
const MAXIMUM_ENTRIES = 4096;
/** A path, in UTF-16 units: paths take memory as contents do. */
const MAXIMUM_PATH = 1024;

export class BoundedFiles extends InMemoryFs {
  constructor() {
    const homes = USERS.flatMap((user) =>
      Object.entries(homeFiles).map(([path, text]) => [`/home/${user}/${path}`, text]),
    );
    super(Object.fromEntries([...homes, ['/etc/motd', 'Everything here is made of JavaScript.\n']]), {
      maxTotalBytes: MAXIMUM_BYTES,
    });
    this.mkdirSync('/tmp');
  }

  override async writeFile(
    path: string,
    content: FileContent,
    options?: { encoding?: BufferEncoding } | BufferEncoding,
  ): Promise<void> {
    await this.#admit(path);
    return super.writeFile(path, content, options);
  }

  override async appendFile(
    path: string,
    content: FileContent,
    options?: { encoding?: BufferEncoding } | BufferEncoding,
  ): Promise<void> {
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

  override async mv(source: string, target: string): Promise<void> {
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

  /** @throws Error as a system's, where there is no room for `entries` more at `path`. */
  async #admit(path: string, entries = 1, content = ''): Promise<void> {
    if (path.length > MAXIMUM_PATH || content.length > MAXIMUM_PATH) {
      throw new Error(`ENAMETOOLONG: file name too long, '${path.slice(0, 64)}…'`);
    }
    if (entries <= 1 && (await this.exists(path))) return;
    if (this.getAllPaths().length + entries <= MAXIMUM_ENTRIES) return;
    throw new Error(`ENOSPC: no space left on device, '${path}'`);
  }
}
