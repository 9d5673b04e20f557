/** The page's static files (RFC 9110 §9.3.1), from one directory only, under a strict content security policy. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { usageError } from '../bridge-error.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Bundlers put a hash into file names below this path, so their content never changes. */
const HASHED_ASSETS = '/assets/';

/**
 * What a page may do (Content Security Policy level 3): run its own scripts and workers, talk to its own relay and to
 * the WebSocket servers named in the relay's `config`; nobody may frame it.
 */
export function contentSecurityPolicy(config: Readonly<Record<string, string>>): string {
  const servers = Object.values(config)
    .filter((value) => /^wss?:\/\//.test(value) && URL.canParse(value))
    .map((value) => new URL(value).origin);
  return [
    "default-src 'none'",
    // ChaCha20 and Poly1305 take half the time in WebAssembly. This does not allow `eval` of scripts.
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    // Interop: xterm.js 6 writes its theme and cell sizes into style elements.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    ["connect-src 'self'", ...servers].join(' '),
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** On every answer of the relay. */
export function securityHeaders(policy: string): OutgoingHttpHeaders {
  return {
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

/** @throws BridgeError if the directory holds no page */
export async function assertPage(directory: string): Promise<void> {
  if ((await findFile(directory, '/')) !== undefined) return;
  throw usageError(
    `there is no index.html in ${directory}`,
    'build the page first, or name the directory that it was built into',
  );
}

/** Resolves to false if there is no such file. */
export async function servePage(
  directory: string,
  path: string,
  method: string,
  response: ServerResponse,
): Promise<boolean> {
  const file = await findFile(directory, path);
  if (file === undefined) return false;
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[extname(file.path)] ?? 'application/octet-stream',
    'content-length': file.size,
    'cache-control': path.startsWith(HASHED_ASSETS) ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (method === 'HEAD') {
    response.end();
    return true;
  }
  // A browser that leaves midway ends the read; nothing else needs to be done.
  pipeline(createReadStream(file.path), response, () => undefined);
  return true;
}

/** Security: segments are checked before the path touches the disk; symbolic links that lead outside are not followed. */
async function findFile(
  directory: string,
  path: string,
): Promise<{ readonly path: string; readonly size: number } | undefined> {
  const segments = decodeSegments(path === '/' ? '/index.html' : path);
  if (segments === undefined) return undefined;
  try {
    const root = await realpath(resolve(directory));
    const file = await realpath(join(root, ...segments));
    const { size, ...kind } = await stat(file).then((found) => ({ size: found.size, isFile: found.isFile() }));
    return file.startsWith(root + sep) && kind.isFile ? { path: file, size } : undefined;
  } catch {
    return undefined;
  }
}

function decodeSegments(path: string): readonly string[] | undefined {
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    return segments.every((segment) => /^[^./\\\0][^/\\\0]*$/.test(segment)) ? segments : undefined;
  } catch {
    return undefined;
  }
}
