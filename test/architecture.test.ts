/** Checks the code against ARCHITECTURE.md: who imports whom, what core may know, what packages export and need. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageOf, readPackage, readPackages } from './architecture/packages.js';
import { readRooms, roomOf } from './architecture/rooms.js';
import { findCycle, readSources, ROOT, type Source } from './architecture/sources.js';

const MAXIMUM_LINES = 400;

const packages = readPackages();
const sources = readSources('packages');
/** Packages' own code: not their tests, and not web-terminal's page, which is built from it and from the playground. */
const shipped = sources.filter(({ path, isTest }) => !isTest && /^packages\/[^/]+\/src\//.test(path));
const core = sources.filter(({ path }) => path.startsWith('packages/core/src/'));
const shippedCore = core.filter(({ isTest }) => !isTest);
const inPackage = (folder: string): readonly Source[] =>
  shipped.filter(({ path }) => path.startsWith(`${folder}/src/`));

/** The objections of `find` to each file, as readable lines. */
function complaints(files: readonly Source[], find: (source: Source) => readonly string[]): readonly string[] {
  return files.flatMap((source) => find(source).map((complaint) => `${source.path}: ${complaint}`));
}

describe('rooms of core', () => {
  const rooms = readRooms();
  /** The barrel and the declarations of globals belong to no room. */
  const inRooms = shippedCore.filter(({ path }) => !/src\/(index\.ts|globals\.d\.ts)$/.test(path));

  test('every file has a room, and every room in the table exists', () => {
    expect(inRooms.map(({ path }) => roomOf(path)).filter((room) => !rooms.has(room))).toEqual([]);
    const present = new Set(inRooms.map(({ path }) => roomOf(path)));
    expect([...rooms.keys()].filter((room) => !present.has(room))).toEqual([]);
  });

  test('a room imports only what the table allows, types included', () => {
    const found = complaints(inRooms, ({ path, imports }) =>
      imports
        .filter(({ target }) => target !== undefined && rooms.get(roomOf(path))?.has(roomOf(target)) !== true)
        .map(({ specifier }) => `${roomOf(path)} may not import ${specifier}`),
    );
    expect(found).toEqual([]);
  });
});

describe('core knows no runtime', () => {
  test('it imports no module of a runtime, and of packages only those it depends on', () => {
    const { dependencies } = readPackage('packages/core');
    const found = complaints(shippedCore, ({ imports }) =>
      imports
        .filter(({ specifier, target }) => target === undefined && !dependencies.includes(packageOf(specifier)))
        .map(({ specifier }) => specifier),
    );
    expect(found).toEqual([]);
  });

  test('its compiler knows neither DOM nor Node, so that a stray global does not compile', () => {
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'packages/core/tsconfig.json'), 'utf8'));
    expect(compilerOptions).toMatchObject({ types: [], lib: ['ES2023', 'ESNext.Disposable'] });
  });

  test('it declares only globals that every runtime has', () => {
    const text = readFileSync(join(ROOT, 'packages/core/src/globals.d.ts'), 'utf8');
    const names = [...text.matchAll(/^declare (?:const|function|class|let|var) (\w+)/gm)].map(([, name]) => name);
    const standard = [
      'AbortController',
      'AbortSignal',
      'ReadableStream',
      'TextDecoder',
      'TextEncoder',
      'WebAssembly',
      'WritableStream',
    ];
    expect(names.toSorted()).toEqual([
      ...standard,
      'atob',
      'btoa',
      'clearTimeout',
      'crypto',
      'performance',
      'setTimeout',
    ]);
    expect(
      complaints(shippedCore, ({ text: own }) => (/^declare global/m.test(own) ? ['declare global'] : [])),
    ).toEqual([]);
  });

  test('it never looks what it runs on', () => {
    const probes = ['globalThis', 'Buffer', 'Deno', 'Bun', 'navigator', 'require', 'eval', 'Function'];
    const found = complaints(shippedCore, ({ identifiers }) => probes.filter((name) => identifiers.has(name)));
    expect(found).toEqual([]);
  });

  test('only the driver looks at the clock', () => {
    const looks = /\b(setTimeout|performance\.now|Date\.now)\(|\bnew Date\(\)/;
    const lookers = shippedCore.filter(({ path, text }) => looks.test(text) && !path.endsWith('.d.ts'));
    expect(lookers.map(({ path }) => path)).toEqual(['packages/core/src/driver.ts']);
  });
});

describe('packages', () => {
  test('a package reaches another one only by what that one exports', () => {
    const found = complaints(shipped, ({ path, imports }) => {
      const folder = path.split('/').slice(0, 2).join('/');
      return imports
        .filter(({ specifier, target }) =>
          target === undefined ? isHidden(specifier) : !target.startsWith(`${folder}/`),
        )
        .map(({ specifier }) => specifier);
    });
    expect(found).toEqual([]);
  });

  function isHidden(specifier: string): boolean {
    const other = packages.find(({ name }) => name === packageOf(specifier));
    return other !== undefined && !(`.${specifier.slice(other.name.length)}` in other.exports);
  }

  /** The parts of the command that are SSH programs themselves: loaded on request, and contained in the command's one file. */
  const isBundled = ({ path }: Pick<Source, 'path'>): boolean =>
    /^packages\/bridge\/src\/(demo|host-key|keygen)\//.test(path);

  test('edge and web-terminal know core, and of the rest only SSH Relay v4; the bridge, which cannot decrypt, knows nothing', () => {
    const known = (folder: string): readonly string[] => [
      ...new Set(
        inPackage(folder)
          .filter((source) => !isBundled(source))
          .flatMap(({ imports }) => imports.map(({ specifier }) => specifier)),
      ),
    ];
    const ours = packages.map(({ name }) => name);
    const others = (folder: string): readonly string[] =>
      known(folder).filter((one) => ours.includes(packageOf(one)) && packageOf(one) !== '@nacre/core');
    expect(known('packages/bridge').filter((one) => ours.includes(packageOf(one)))).toEqual([]);
    expect(others('packages/edge')).toEqual(['ssh-bridge/relay-v4']);
    expect(others('packages/web-terminal')).toEqual(['ssh-bridge/relay-v4']);
  });

  test('SSH Relay v4 is for browsers too: it imports itself, and what is as portable', () => {
    const portable = /^packages\/bridge\/src\/(relay-v4\/|link-end\.ts|websocket\/close-codes\.ts)/;
    const files = inPackage('packages/bridge').filter(({ path }) => portable.test(path));
    const found = complaints(files, ({ imports }) =>
      imports.filter(({ target }) => target === undefined || !portable.test(target)).map(({ specifier }) => specifier),
    );
    expect(found).toEqual([]);
    expect(
      complaints(files, ({ identifiers }) => ['Buffer', 'process'].filter((name) => identifiers.has(name))),
    ).toEqual([]);
  });

  test('what the bridge carries along is imported by its verbs alone, when they run', () => {
    const importers = inPackage('packages/bridge').filter(({ path, imports }) => {
      const targets = imports.flatMap(({ target }) => target ?? []);
      return !isBundled({ path }) && targets.some((target) => isBundled({ path: target }));
    });
    expect(importers.map(({ path }) => path).filter((path) => !path.startsWith('packages/bridge/src/verbs/'))).toEqual(
      [],
    );
  });

  test('modules of Node are imported by the bridge and by the Node adapter alone', () => {
    const isNodes = ({ path }: Source): boolean => /^packages\/(bridge\/|edge\/src\/node)/.test(path);
    const found = complaints(shipped, (source) =>
      isNodes(source)
        ? []
        : source.imports.map(({ specifier }) => specifier).filter((name) => name.startsWith('node:')),
    );
    expect(found).toEqual([]);
  });

  /** The command, which is published as one file that contains everything it needs. */
  const isCommand = ({ path }: Source): boolean =>
    isBundled({ path }) || /^packages\/bridge\/src\/(cli\.ts$|(cli|verbs)\/)/.test(path);

  test.each(packages)(
    '$name depends on what it imports, and imports what it depends on',
    ({ folder, dependencies }) => {
      const imported = inPackage(folder)
        .filter((source) => !isCommand(source))
        .flatMap(({ imports }) => imports)
        .filter(({ specifier, target }) => target === undefined && !/^(node|cloudflare):/.test(specifier))
        .map(({ specifier }) => packageOf(specifier));
      expect([...new Set(imported)].toSorted()).toEqual(dependencies.toSorted());
    },
  );

  test.each(packages)('$name exports files that exist, each by its source, its types and its code', (one) => {
    expect(Object.keys(one.exports).length).toBeGreaterThan(0);
    for (const [subpath, conditions] of Object.entries(one.exports)) {
      expect(subpath).toMatch(/^\.(\/[a-z0-9-]+)*$/);
      if (typeof conditions === 'string') throw new Error(`${one.name} ${subpath} has no conditions`);
      const source = conditions['@nacre/source'] ?? '';
      expect(existsSync(join(ROOT, one.folder, source)), source).toBe(true);
      const built = source.replace('/src/', '/dist/').replace(/\.ts$/, '');
      expect(conditions).toEqual({ '@nacre/source': source, types: `${built}.d.ts`, default: `${built}.js` });
    }
  });
});

describe('files', () => {
  const all = [...sources, ...readSources('examples'), ...readSources('test')];

  test('nothing imports itself in a circle, types included', () => {
    expect(findCycle(all)).toBeUndefined();
  });

  test('only barrels, and what a package exports, pass on what others export', () => {
    const entries = new Set(
      packages.flatMap(({ folder, exports }) =>
        Object.values(exports).map((one) => join(folder, typeof one === 'string' ? one : (one['@nacre/source'] ?? ''))),
      ),
    );
    const found = complaints(sources, ({ path, imports }) =>
      path.endsWith('/index.ts') || entries.has(path)
        ? []
        : imports.filter(({ isReExport }) => isReExport).map(({ specifier }) => specifier),
    );
    expect(found).toEqual([]);
  });

  test('every import of ours means a file that is there', () => {
    const found = complaints(all, ({ imports }) =>
      imports.flatMap(({ target }) => (target !== undefined && !existsSync(join(ROOT, target)) ? [target] : [])),
    );
    expect(found).toEqual([]);
  });

  test(`no file is longer than ${MAXIMUM_LINES} lines, and none is a drawer for odds and ends`, () => {
    const long = complaints(all, ({ text }) => (text.split('\n').length - 1 > MAXIMUM_LINES ? ['too long'] : []));
    const drawers = all.filter(({ path }) => /\/(utils?|helpers?|common|types|managers?|misc)\.tsx?$/.test(path));
    expect([...long, ...drawers.map(({ path }) => path)]).toEqual([]);
  });

  test("tests wait by `expect.poll`, whose patience the configuration sets, and not for Vitest's one second", () => {
    const waiting = all.filter(({ text }) => /\bwait(For|Until)\b/.test(text));
    const found = complaints(waiting, ({ identifiers }) =>
      identifiers.has('vi') ? ['waitFor', 'waitUntil'].filter((name) => identifiers.has(name)) : [],
    );
    expect(found).toEqual([]);
  });

  test('lint keeps the length of functions', () => {
    const { rules } = JSON.parse(readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8'));
    expect(rules['max-lines-per-function'][1].max).toBe(60);
    expect(rules['max-lines'][1].max).toBe(MAXIMUM_LINES);
  });
});
