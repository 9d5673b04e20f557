/** The account that runs this process, which in a container may be a number that no file knows. */
import { homedir, userInfo } from 'node:os';

/** The root if the account has no home. */
export function homeFolder(read: () => string = homedir): string {
  try {
    return read();
  } catch {
    return '/';
  }
}

/** The number of an account without a name. */
export function accountName(read: () => { readonly username: string } = userInfo): string {
  try {
    return read().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
