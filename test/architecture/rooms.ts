/** Reads the table of rooms from ARCHITECTURE.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.js';

/** What each name in the table may import; names that share a row are one room. */
export function readRooms(): ReadonlyMap<string, ReadonlySet<string>> {
  const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const table = /<!-- rooms of core -->(.*?)<!-- end of rooms -->/s.exec(page)?.[1];
  if (table === undefined) throw new Error('ARCHITECTURE.md has lost its table of rooms');
  const rooms = new Map<string, ReadonlySet<string>>();
  for (const line of table.split('\n')) {
    const [, room, imports] = line.split('|');
    const names = namesIn(room);
    for (const name of names) rooms.set(name, new Set([...names, ...namesIn(imports)]));
  }
  return rooms;
}

function namesIn(cell: string | undefined): readonly string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
}

const CORE = 'packages/core/src/';

/** The room of a file of core: its folder, or its own name. */
export function roomOf(path: string): string {
  return (path.slice(CORE.length).split('/')[0] ?? '').replace(/(\.test)?\.ts$/, '');
}
