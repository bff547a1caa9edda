/** `npm run bench -- <name> [arguments]`: the benchmarks, each with its figures' spread and machine. */
import { cpus, release, totalmem } from 'node:os';
import { formatBytes } from '../../shared/units.ts';

type Benchmark = {
  readonly about: string;
  readonly load: () => Promise<{ run(args: string[]): Promise<void> }>;
};

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  generate: {
    about: '10,000 rows offline, first and second run, memory, event loop',
    load: () => import('./generate.ts'),
  },
  startup: { about: 'our window against an empty Electron window', load: () => import('./startup.ts') },
  flame: { about: 'flame graph and waterfall of 100k and 1M spans', load: () => import('./flame.ts') },
  viewer: {
    about: 'our flame graph beside speedscope, flame-chart-js, d3-flame-graph, @grafana/flamegraph',
    load: () => import('./viewer.ts'),
  },
  telemetry: { about: 'span ring, packed batches', load: () => import('./telemetry.ts') },
  overhead: {
    about: 'what recording costs: operations by mode, mixed load, whole run',
    load: () => import('./overhead.ts'),
  },
  memory: { about: 'telemetry loaded and idle against none', load: () => import('./memory.ts') },
  leaf: {
    about: 'a hot operation in every mode, rows packed and expanded',
    load: () => import('./leaf.ts'),
  },
  metrics: {
    about: 'counting: cells, attributes at each call, the SDK; a scrape',
    load: () => import('./metrics.ts'),
  },
  store: {
    about: 'trace store: spans in, bytes a span, questions over 1M spans, quiet and live',
    load: () => import('./store.ts'),
  },
  storeUsage: {
    about: 'the same store: lists by tokens and by cost over 1M spans with model calls',
    load: () => import('./storeUsage.ts'),
  },
  receive: {
    about: 'OTLP of another program into the trace store, over each protocol',
    load: () => import('./receive.ts'),
  },
  deck: {
    about: 'cards: rows written by a run; searches over 100,000 by shape and order',
    load: () => import('./deck.ts'),
  },
  study: {
    about: 'studying 100,000 cards: next card, statistics over 1,000,000 reviews, optimiser',
    load: () => import('./study.ts'),
  },
  apkg: {
    about: 'Anki packages of 500 and 10,000 notes: out, in, and in once more',
    load: () => import('./apkg.ts'),
  },
  cards: {
    about: '100,000 cards in the real window: search, scroll, study, many at once, a run beside',
    load: () => import('./cards.ts'),
  },
  cache: { about: 'memory hit, disk hit, miss and store', load: () => import('./cache.ts') },
  client: { about: 'calls a second against a server that takes 200 ms', load: () => import('./client.ts') },
};

const [name, ...args] = process.argv.slice(2);
const benchmark = name === undefined ? undefined : BENCHMARKS[name];
if (benchmark === undefined) {
  console.error('Usage: npm run bench -- <name> [arguments]\n');
  for (const [known, { about }] of Object.entries(BENCHMARKS))
    console.error(`  ${known.padEnd(10)} ${about}`);
  process.exitCode = 2;
} else {
  const [cpu] = cpus();
  console.log(
    `${name} on ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${formatBytes(totalmem())}, ${process.platform} ${release()}, Node ${process.versions.node}`,
  );
  await (await benchmark.load()).run(args);
}
