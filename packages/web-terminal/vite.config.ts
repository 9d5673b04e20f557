/** Builds the page: `app/` to `dist/app`, from the packages' sources. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  root: path('app'),
  resolve: {
    conditions: ['@nacre/source', 'module', 'browser', 'development|production'],
    alias: { 'node:zlib': path('app/host/zlib.ts') },
  },
  worker: {
    format: 'es',
    // Some commands of just-bash (base64, gunzip) use Node's Buffer, also in its entry for browsers.
    rolldownOptions: { transform: { inject: { Buffer: ['buffer', 'Buffer'] } } },
  },
  build: {
    outDir: path('dist/app'),
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows no inline script or font: everything is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
});
