/** Who wants to log in: the three hooks that look a user up, and what the policy says of whom they find. */
import { isRejected, type HookRunner } from '../hook-runner.js';
import type { Attempt, Hooks } from '../hooks.js';
import type { Verdict } from '../verdict.js';
import { dummyAccount, LOCKED, readAccount, readHash, type Account } from './account.js';
import { DescribedAttempt } from './described.js';
import type { Policy } from './policy.js';

interface Found {
  /** Undefined for unknown users. */
  readonly account: Account | undefined;
  readonly storedHash: string;
  /** False if the application has said that this user has no login by password. */
  readonly hasPassword: boolean;
}

/** What the methods need to know of a user. */
export interface User {
  /** The account's name, or the requested name. */
  readonly name: string;
  /** A dummy account for unknown users. */
  readonly account: Account;
  readonly storedHash: string;
  /** Security: whatever a method grants is void; nothing distinguishes such users from others. */
  readonly isBarred: boolean;
  /** The same for methods that ask for a password. */
  readonly isBarredByPassword: boolean;
}

const UNKNOWN: Found = { account: undefined, storedHash: LOCKED, hasPassword: false };

/** Whether an application looks users up at all; if not, every name is known and the methods alone decide. */
export function looksUp(hooks: Hooks): boolean {
  return hooks.username !== undefined || hooks.account !== undefined || hooks.passwordHash !== undefined;
}

/** The user for any name if nobody looks users up. */
export function everybody(asked: string, policy: Policy): User {
  return judge(asked, known(dummyAccount(asked)), policy);
}

/** @throws ConfigurationError, which ends the connection, for an invalid account or hash. */
export async function lookUp(hooks: Hooks, policy: Policy, runner: HookRunner, attempt: Attempt): Promise<User> {
  return looksUp(hooks)
    ? judge(attempt.user, await find(hooks, runner, attempt), policy)
    : everybody(attempt.user, policy);
}

function judge(asked: string, { account, storedHash, hasPassword }: Found, policy: Policy): User {
  const name = account?.name ?? asked;
  const isRoot = asked === 'root' || name === 'root' || account?.id === 0;
  const isBarred = account === undefined || (isRoot && !policy.rootLogin);
  return {
    name,
    // Security: hooks that read the account must not fail for unknown users and thereby reveal them.
    account: account ?? dummyAccount(asked),
    storedHash,
    isBarred,
    isBarredByPassword: isBarred || !hasPassword || (isRoot && !policy.rootPassword),
  };
}

async function find(hooks: Hooks, runner: HookRunner, attempt: Attempt): Promise<Found> {
  const { username, account: fill, passwordHash } = hooks;
  const asked = attempt.user;
  const first = await runner.ask(
    'username',
    username && (() => username(attempt)),
    (answer) => (isAccept(answer) ? known(dummyAccount(asked)) : read(answer)),
    false,
  );
  if (first !== undefined) return first;
  const second = await runner.ask('account', fill && (() => fill(attempt)), read, false);
  if (second === UNKNOWN) return UNKNOWN;
  const { account, storedHash } = second ?? UNKNOWN;
  const described =
    account === undefined ? attempt : new DescribedAttempt({ ...attempt, user: account.name, account }, attempt);
  return runner.ask(
    'passwordHash',
    passwordHash && (() => passwordHash(described, storedHash)),
    (answer) => {
      if (answer === undefined) return second ?? UNKNOWN;
      if (isRejected(answer)) return { ...UNKNOWN, account };
      return { account: account ?? dummyAccount(asked), storedHash: readHash(answer), hasPassword: true };
    },
    false,
  );
}

function isAccept(answer: unknown): boolean {
  return (answer as Verdict | null | undefined)?.verdict === 'accept';
}

/** Undefined if the hook has no opinion. */
function read(answer: unknown): Found | undefined {
  if (answer === undefined) return undefined;
  return isRejected(answer) ? UNKNOWN : known(readAccount(answer));
}

function known(account: Account): Found {
  return { account, storedHash: account.passwordHash ?? LOCKED, hasPassword: true };
}
