/** Reads package.json files: what a package exports, and what it says it depends on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.js';

type Conditions = Readonly<Record<string, string>>;

export interface Package {
  readonly name: string;
  /** From the checkout's root. */
  readonly folder: string;
  readonly exports: Readonly<Record<string, Conditions | string>>;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly exports?: Package['exports'];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function readPackage(folder: string): Package {
  const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  return {
    name: manifest.name,
    folder,
    exports: manifest.exports ?? {},
    dependencies: Object.keys(manifest.dependencies ?? {}),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
  };
}

export function readPackages(): readonly Package[] {
  return readdirSync(join(ROOT, 'packages')).map((name) => readPackage(join('packages', name)));
}

/** `@scope/name` of `@scope/name/path.js`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
