import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { contract } from './shared/ipc.ts';

const root = import.meta.dirname;
const file = (path: string) => resolve(root, path);

/** What Electron itself brings, and the native modules: everything else is bundled. */
const external = ['electron', 'better-sqlite3', '@open-spaced-repetition/binding', /^node:/];

/** What the preload script has to know of the contract. */
const contractKinds = Object.fromEntries(Object.entries(contract).map(([name, { kind }]) => [name, kind]));

/** A bundle for Node-side entries; CommonJS, as the sandboxed preload script needs it. */
const nodeBundle = (entries: Record<string, string>) => ({
  consumer: 'server' as const,
  resolve: {
    noExternal: true as const,
    external: ['electron', 'better-sqlite3', '@open-spaced-repetition/binding'],
    conditions: ['node'],
  },
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
        // V8 keeps a source with one character beyond Latin-1 at two bytes a character, a comment's included.
        comments: { legal: true, jsdoc: false, annotation: false },
        minify: {
          compress: false,
          mangle: false,
          codegen: { removeWhitespace: false, asciiOnly: true },
        } as const,
      },
    },
  },
});

/** A node of the syntax tree, as far as it is looked at. */
type Node = {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  readonly operator?: string;
  readonly body?: unknown;
};

/**
 * The page is lowered to ES2016, as zone.js sees neither async functions nor what they wait for. That would turn
 * every private field into a WeakMap, many times as slow where spans are read by the million: so in our own classes
 * they become properties first, named after their class.
 */
const plainPrivateFields: Plugin = {
  name: 'plain-private-fields',
  enforce: 'post',
  applyToEnvironment: ({ name }) => name === 'client',
  transform: {
    filter: { id: { exclude: /node_modules/ }, code: /[^\w'"]#[a-z]/i },
    handler(code, id) {
      const found: { readonly start: number; readonly end: number; readonly name: string }[] = [];
      const classes: { readonly prefix: string; readonly fields: ReadonlySet<string> }[] = [];
      const visit = (node: Node | readonly Node[] | null): void => {
        if (node === null || typeof node !== 'object') return;
        if (Array.isArray(node)) return node.forEach((each: Node) => visit(each));
        const { type, start, end, name = '', operator, body } = node as Node;
        const isClass = type === 'ClassBody';
        if (operator === 'in' && code[start] === '#') {
          throw new Error(`${id}: a check for a private field cannot be lowered`);
        }
        if (type === 'PrivateIdentifier') {
          const owner = classes.findLast(({ fields }) => fields.has(name));
          found.push({ start, end, name: `$${owner?.prefix ?? ''}_${name}` });
        }
        if (isClass) {
          const members = body as readonly { readonly key?: Node }[];
          const own = members.flatMap(({ key }) => (key?.type === 'PrivateIdentifier' ? [key.name!] : []));
          const prefix = /class\s+(\w+)[^{]*$/.exec(code.slice(Math.max(0, start - 200), start))?.[1];
          classes.push({ prefix: prefix ?? `at${start}`, fields: new Set(own) });
        }
        for (const part of Object.values(node)) visit(part as Node);
        if (isClass) classes.pop();
      };
      visit(this.parse(code) as unknown as Node);
      if (found.length === 0) return null;
      let renamed = code;
      for (const { start, end, name } of found.toSorted((a, b) => b.start - a.start)) {
        renamed = renamed.slice(0, start) + name + renamed.slice(end);
      }
      // Lines stay what they were, and with them the map.
      return { code: renamed, map: null };
    },
  },
};

/** `vite build --app` builds the page, the main process with its workers, and the preload script. */
export default defineConfig({
  root: file('renderer'),
  base: './',
  plugins: [react(), plainPrivateFields],
  // A module, as the page's own scripts are: from file:// and under the page's policy both load alike.
  worker: { format: 'es', plugins: () => [plainPrivateFields] },
  builder: {},
  environments: {
    client: {
      build: {
        outDir: file('build/renderer'),
        emptyOutDir: true,
        // zone.js sees no async functions: at ES2017 and above a context is lost at every await.
        target: 'es2016',
        sourcemap: true,
      },
    },
    main: nodeBundle({
      main: file('electron/main.ts'),
      cli: file('electron/cli.ts'),
      traceWorker: file('electron/traces/traceWorker.ts'),
      sqlWorker: file('electron/traces/sqlWorker.ts'),
      exportWorker: file('electron/telemetry/export/exportWorker.ts'),
      fileWorker: file('electron/traceFiles/fileWorker.ts'),
      receiverWorker: file('electron/receive/receiverWorker.ts'),
      deckWorker: file('electron/deckJobs/deckWorker.ts'),
      sourceWorker: file('electron/sources/sourceWorker.ts'),
      localWorker: file('electron/generators/local/localWorker.ts'),
      printMain: file('electron/printMain.ts'),
    }),
    preload: {
      ...nodeBundle({ preload: file('electron/preload.ts') }),
      define: { CONTRACT_KINDS: JSON.stringify(contractKinds) },
    },
  },
});
