/**
 * A cache of two tiers: hits, misses and stale entries by tier, what it saved, and one load for many callers.
 * The lookups are counted always and recorded as closely as the component's mode says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { initTelemetry, instrumentCache, printTraces } from '../electron/telemetry/index.ts';

const telemetry = initTelemetry({ version: '1.0.0', serviceName: 'example-cache' });
telemetry.component('cache').configure({ mode: 'leaf', every: 1, slowMs: 50 });

type Entry = { readonly text: string; readonly tokens: number };
const memory = new Map<string, Entry>();
const disk = new Map<string, Entry & { readonly staleFromMs: number }>();
const loading = new Map<string, Promise<Entry>>();
const tier = (entries: Map<string, Entry>) => ({
  evictions: 0,
  entries: entries.size,
  bytes: entries.size * 100,
});

const cache = instrumentCache(telemetry, {
  name: 'answers',
  tiers: ['memory', 'disk'],
  state: () => ({ memory: tier(memory), disk: tier(disk) }),
});
const record = cache.recorder({ 'app.kind': 'meaning' });

async function answer(term: string): Promise<Entry> {
  const token = record.beginGet();
  const quick = memory.get(term);
  if (quick !== undefined) {
    record.hit(token, 'memory', quick.tokens);
    return quick;
  }
  const underway = loading.get(term);
  if (underway !== undefined) {
    const entry = await underway;
    record.shared(token, entry.tokens);
    return entry;
  }
  const kept = disk.get(term);
  if (kept !== undefined && kept.staleFromMs > Date.now()) {
    memory.set(term, kept);
    record.hit(token, 'disk', kept.tokens);
    return kept;
  }
  record.miss(token, kept === undefined ? null : 'disk');
  const made = telemetry.withSpan('ask the model', async () => {
    const startedMs = performance.now();
    await sleep(5);
    record.loaded((performance.now() - startedMs) / 1000);
    return { text: `meaning of ${term}`, tokens: 120 };
  });
  loading.set(term, made);
  const entry = await made;
  loading.delete(term);
  const setToken = record.beginSet();
  memory.set(term, entry);
  disk.set(term, { ...entry, staleFromMs: Date.now() + 60_000 });
  record.set(setToken, entry.text.length);
  return entry;
}

disk.set('river', { text: 'old', tokens: 90, staleFromMs: 0 });
disk.set('sea', { text: 'meaning of sea', tokens: 90, staleFromMs: Date.now() + 60_000 });
await telemetry.withSpan('lesson', async () => {
  await Promise.all(['mountain', 'mountain', 'river', 'sea'].map(answer));
  await Promise.all(['mountain', 'river', 'sea'].map(answer));
});

// A hot loop needs no rows: the counts stay exact.
telemetry.component('cache').configure({ mode: 'counted', every: 1, slowMs: 50 });
await telemetry.withSpan('hot loop', async () => {
  for (let i = 0; i < 1000; i += 1) await answer('mountain');
});

printTraces(telemetry);
for (const { name, kind, points } of await telemetry.metrics.collect()) {
  if (kind === 'histogram') continue;
  for (const { attributes, value } of points) console.log(name, JSON.stringify(attributes), value);
}
console.log('component', telemetry.component('cache').counts());
await telemetry.shutdown(2000);
