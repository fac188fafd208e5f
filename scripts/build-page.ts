/**
 * Builds the page into `web/dist`, which the router serves as it is.
 *
 *   with-node scripts/build-page.ts            builds
 *   with-node scripts/build-page.ts --stale    builds when a source is newer than what was built
 *   with-node scripts/build-page.ts --serve    serves the sources on http://localhost:5173, with the API of the router that runs here
 *
 * Nothing is inlined, since the router's content security policy loads scripts, styles and pictures from files alone.
 */

import { existsSync, globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, createServer, type InlineConfig } from 'vite';

const ROOT = resolve(import.meta.dirname, '..');
const WEB = join(ROOT, 'web');
const BUILT = join(WEB, 'dist/index.html');
const API = 'http://localhost:8787';

const CONFIGURATION: InlineConfig = {
  configFile: false,
  root: WEB,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { '/api': { target: API, changeOrigin: true, headers: { origin: API } } },
  },
};

const how = process.argv[2];
if (how === '--serve') {
  const server = await createServer(CONFIGURATION);
  await server.listen();
  server.printUrls();
} else if (how !== '--stale' || isStale()) {
  await build(CONFIGURATION);
  console.error('The page is built');
}

function isStale(): boolean {
  if (!existsSync(BUILT)) return true;
  const built = statSync(BUILT).mtimeMs;
  const sources = globSync('{web,src/control/http/shape}/**/*.{ts,tsx,css,html,svg}', { cwd: ROOT });
  return ['package-lock.json', 'scripts/build-page.ts', ...sources]
    .filter((path) => !path.startsWith('web/dist/'))
    .some((path) => statSync(join(ROOT, path)).mtimeMs > built);
}
