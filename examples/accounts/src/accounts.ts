/** Accounts in a one-file database, with hashes of their passwords. */
import sqlite from 'node-sqlite3-wasm';
import type { Account } from '@nacre/core';

const TABLE =
  'CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, name TEXT UNIQUE, passwordHash TEXT NOT NULL)';
export const NAME = /^[a-z][a-z\d-]{0,31}$/;

export class Accounts {
  readonly #database: InstanceType<typeof sqlite.Database>;

  /** `:memory:` stores nothing. */
  constructor(file: string) {
    this.#database = new sqlite.Database(file);
    this.#database.exec(TABLE);
  }

  /** For the hook `account`; ids begin with 1, so that nobody is root. */
  find(name: string): Account | undefined {
    const row = this.#database.get('SELECT id, passwordHash FROM accounts WHERE name = ?', name);
    if (row === null) return undefined;
    const id = Number(row['id']);
    const passwordHash = String(row['passwordHash']);
    return { name, id, group: id, fullName: name, home: '/', shell: '', passwordHash };
  }

  /** @returns whether the name was free and is now taken. */
  add(name: string, passwordHash: string): boolean {
    const sql = 'INSERT INTO accounts (name, passwordHash) VALUES (?, ?) ON CONFLICT (name) DO NOTHING';
    return this.#database.run(sql, [name, passwordHash]).changes === 1;
  }

  changePassword(name: string, passwordHash: string): void {
    this.#database.run('UPDATE accounts SET passwordHash = ? WHERE name = ?', [passwordHash, name]);
  }

  close(): void {
    this.#database.close();
  }
}
