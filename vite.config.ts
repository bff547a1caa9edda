import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { contract } from './shared/ipc.ts';

const root = import.meta.dirname;
const file = (path: string) => resolve(root, path);

/** What Electron itself brings, and the one native module: everything else is bundled. */
const external = ['electron', 'better-sqlite3', /^node:/];

/** What the preload script has to know of the contract. */
const contractKinds = Object.fromEntries(Object.entries(contract).map(([name, { kind }]) => [name, kind]));

/** A bundle for Node-side entries; CommonJS, as the sandboxed preload script needs it. */
const nodeBundle = (entries: Record<string, string>) => ({
  consumer: 'server' as const,
  resolve: { noExternal: true as const, external: ['electron', 'better-sqlite3'], conditions: ['node'] },
  build: {
    outDir: file('build/electron'),
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: entries,
      external,
      output: {
        format: 'cjs' as const,
        entryFileNames: '[name].cjs',
        chunkFileNames: 'chunks/[name]-[hash].cjs',
      },
    },
  },
});

/** `vite build --app` builds the page, the main process with its workers, and the preload script. */
export default defineConfig({
  root: file('renderer'),
  base: './',
  plugins: [react()],
  builder: {},
  environments: {
    client: {
      build: { outDir: file('build/renderer'), emptyOutDir: true, target: 'chrome130', sourcemap: true },
    },
    main: nodeBundle({
      main: file('electron/main.ts'),
      cli: file('electron/cli.ts'),
      traceWorker: file('electron/traces/traceWorker.ts'),
    }),
    preload: {
      ...nodeBundle({ preload: file('electron/preload.ts') }),
      define: { CONTRACT_KINDS: JSON.stringify(contractKinds) },
    },
  },
});
