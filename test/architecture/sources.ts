/** Reads source files with TypeScript's own parser: what they import, pass on and name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

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
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports: Import[] = [];
  const identifiers = new Set<string>();
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push({ ...found, target: resolve(path, found.specifier) });
    if (ts.isIdentifier(node)) identifiers.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const isTest = /\.test\.tsx?$/.test(path) || path.startsWith('packages/bridge/src/testing/');
  return { path, text, imports, identifiers, isTest };
}

function importOf(node: ts.Node): Omit<Import, 'target'> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, isReExport: false };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, isReExport: true };
  }
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const specifier = isDynamic ? node.arguments[0] : undefined;
  if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
    return { specifier: specifier.text, isReExport: false };
  }
  return undefined;
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
