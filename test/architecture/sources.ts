/** Reads source files with Vite's parser, which takes a tenth of TypeScript's time: their imports, re-exports and names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'vite';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

interface Import {
  /** As written. */
  readonly specifier: string;
  /** The file that a relative import means, from the checkout's root. */
  readonly target: string | undefined;
  /** `export … from`. */
  readonly isReExport: boolean;
}

export interface Source {
  /** From the checkout's root. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Every identifier that the file spells, property names included. */
  readonly identifiers: ReadonlySet<string>;
  /** Tests, and what only the tests of a package use, are not shipped. */
  readonly isTest: boolean;
}

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'test-results']);

/** All TypeScript under `folder`, declarations included. */
export function readSources(folder: string): readonly Source[] {
  return listFiles(folder)
    .filter((path) => /\.tsx?$/.test(path))
    .toSorted()
    .map(readSource);
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return SKIPPED_FOLDERS.has(entry.name) ? [] : listFiles(path);
  });
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]!.message}`);
  const add = (specifier: string, isReExport = false): Import => ({
    specifier,
    isReExport,
    target: resolve(path, specifier),
  });
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  // What is imported and then exported is listed at its import, and counts as that.
  const reExported = staticExports
    .filter(({ start }) => text.startsWith('export', start))
    .flatMap(({ entries }) => entries.flatMap(({ moduleRequest: from }) => (from === null ? [] : [from.value])));
  const dynamic = dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start, end));
  const imports = [
    ...staticImports.map(({ moduleRequest }) => add(moduleRequest.value)),
    ...[...new Set(reExported)].map((specifier) => add(specifier, true)),
    ...dynamic.filter((word) => /^['"]/.test(word)).map((word) => add(word.slice(1, -1))),
    ...(/\bdeclare module\b/.test(text) ? importsWithin(parsed.program).map((specifier) => add(specifier)) : []),
  ];
  const isTest = /\.test\.tsx?$/.test(path) || path.startsWith('packages/bridge/src/testing/');
  let identifiers: ReadonlySet<string> | undefined;
  return {
    path,
    text,
    imports,
    isTest,
    // Only now is the whole tree made, which takes most of the time.
    get identifiers() {
      return (identifiers ??= identifiersOf(parsed.program));
    },
  };
}

type Program = ReturnType<typeof parseSync>['program'];

/** Those of ambient modules are not the file's own. */
function importsWithin(program: Program): readonly string[] {
  const found: string[] = [];
  new Visitor({ ImportDeclaration: ({ source }) => void found.push(source.value) }).visit(program);
  return found;
}

function identifiersOf(program: Program): ReadonlySet<string> {
  const found = new Set<string>();
  new Visitor({ Identifier: ({ name }) => void found.add(name) }).visit(program);
  return found;
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = join(dirname(from), specifier.replace(/\?.*$/, ''));
  const candidates = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')];
  return candidates.find((candidate) => existsSync(join(ROOT, candidate))) ?? path;
}

/** Files that reach themselves through imports, of types too. */
export function findCycle(sources: readonly Source[]): readonly string[] | undefined {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const finished = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const { target } of byPath.get(path)?.imports ?? []) {
      const cycle = target === undefined ? undefined : walk(target, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(path);
    return undefined;
  };
  return sources.map(({ path }) => walk(path, [])).find((cycle) => cycle !== undefined);
}
