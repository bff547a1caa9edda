import { describe, expect, it } from 'vitest';
import { instrumentCache } from '../../../../electron/telemetry/components/cache.ts';
import { recordedSpans } from '../../../../electron/telemetry/console/printTraces.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';
import { METRIC } from '../../../../shared/span.ts';

type Tier = 'near' | 'far';
const state = {
  near: { evictions: 2, entries: 3, bytes: 40 },
  far: { evictions: 0, entries: 9, bytes: 900 },
};

function setUp(enabled = true) {
  const telemetry = initTelemetry({ version: '1', enabled });
  let readings = 0;
  const watch = instrumentCache<Tier>(telemetry, {
    name: 'answers',
    tiers: ['near', 'far'],
    state: () => {
      readings += 1;
      return state;
    },
  });
  const recorder = watch.recorder({ 'tracedeck.stage': 'write' });
  const points = async (name: string) =>
    (await telemetry.metrics.collect()).find((metric) => metric.name === name)?.points ?? [];
  const lookups = async () =>
    Object.fromEntries(
      (await points(METRIC.cacheLookups))
        .filter(({ value }) => value !== 0)
        .map(({ attributes: of, value }) => [
          `${String(of['tracedeck.cache.tier'])} ${String(of['tracedeck.cache.outcome'])}`,
          value,
        ]),
    );
  return { telemetry, watch, recorder, points, lookups, readings: () => readings };
}

describe('a watched cache', () => {
  it('records lookups in a tier that nobody named', () => {
    const { telemetry, recorder } = setUp();
    telemetry.withSpan('around', () => {
      recorder.hit(recorder.beginGet(), 'new' as Tier, 5);
      recorder.hit(recorder.beginGet(), 'new' as Tier);
      recorder.miss(recorder.beginGet(), 'new' as Tier);
    });
    const outcomes = recordedSpans(telemetry).map(({ attributes }) => attributes['tracedeck.cache.outcome']);
    expect(outcomes.slice(1)).toStrictEqual(['hit', 'hit', 'stale']);
  });

  it('counts each tier that was asked, with its outcome, and records one row a lookup', async () => {
    const { telemetry, recorder, lookups, points } = setUp();
    telemetry.withSpan('around', () => {
      recorder.hit(recorder.beginGet(), 'near', 100);
      recorder.hit(recorder.beginGet(), 'far');
      recorder.miss(recorder.beginGet());
      recorder.miss(recorder.beginGet(), 'far');
      recorder.shared(recorder.beginGet(), 7);
      recorder.shared(recorder.beginGet());
      recorder.loaded(0.25);
      recorder.set(recorder.beginSet(), 512);
      recorder.set(recorder.beginSet());
      recorder.failedGet(recorder.beginGet(), 'SQLITE_IOERR');
      recorder.failedSet(recorder.beginSet(), 'SQLITE_FULL');
    });
    expect(await lookups()).toStrictEqual({
      'near hit': 1,
      'near miss': 5,
      'far hit': 1,
      'far miss': 1,
      'far stale': 1,
    });
    const rows = recordedSpans(telemetry).filter(({ name }) => name !== 'around');
    const key = 'tracedeck.cache';
    expect(
      rows.map(({ name, status, attributes: { 'tracedeck.stage': stage, ...rest } }) => [
        name,
        status,
        stage,
        rest,
      ]),
    ).toStrictEqual([
      [
        'cache get',
        'unset',
        'write',
        { [`${key}.outcome`]: 'hit', [`${key}.tier`]: 'near', 'tracedeck.tokens.saved': 100 },
      ],
      ['cache get', 'unset', 'write', { [`${key}.outcome`]: 'hit', [`${key}.tier`]: 'far' }],
      ['cache get', 'unset', 'write', { [`${key}.outcome`]: 'miss' }],
      ['cache get', 'unset', 'write', { [`${key}.outcome`]: 'stale', [`${key}.tier`]: 'far' }],
      [
        'cache get',
        'unset',
        'write',
        { [`${key}.outcome`]: 'miss', [`${key}.shared`]: true, 'tracedeck.tokens.saved': 7 },
      ],
      ['cache get', 'unset', 'write', { [`${key}.outcome`]: 'miss', [`${key}.shared`]: true }],
      ['cache set', 'unset', 'write', { [`${key}.bytes`]: 512 }],
      ['cache set', 'unset', 'write', {}],
      ['cache get', 'error', 'write', { 'error.type': 'SQLITE_IOERR' }],
      ['cache set', 'error', 'write', { 'error.type': 'SQLITE_FULL' }],
    ]);
    expect((await points(METRIC.cacheWaits))[0]!.value).toBe(2);
    expect((await points(METRIC.tokensSaved))[0]!.value).toBe(107);
    expect((await points(METRIC.cacheLoad))[0]!.value).toMatchObject({ count: 1, sum: 0.25 });
  });

  it('tells its state by tier when metrics are collected, by one reading', async () => {
    const { telemetry, readings } = setUp();
    const all = new Map((await telemetry.metrics.collect()).map((metric) => [metric.name, metric.points]));
    const values = (name: string) =>
      all.get(name)!.map(({ attributes, value }) => [attributes['tracedeck.cache.tier'], value]);
    expect(values(METRIC.cacheEvictions)).toStrictEqual([
      ['near', 2],
      ['far', 0],
    ]);
    expect(values(METRIC.cacheEntries)).toStrictEqual([
      ['near', 3],
      ['far', 9],
    ]);
    expect(values(METRIC.cacheBytes)).toStrictEqual([
      ['near', 40],
      ['far', 900],
    ]);
    expect(readings()).toBe(1);
  });

  it('is watched, unwatched and watched again at run time, each lookup as it began', async () => {
    const { telemetry, watch, recorder, lookups, readings } = setUp();
    const begun = recorder.beginGet();
    watch.disable();
    recorder.hit(begun, 'near');
    for (const record of [
      () => recorder.hit(recorder.beginGet(), 'near', 5),
      () => recorder.miss(recorder.beginGet()),
      () => recorder.shared(recorder.beginGet()),
      () => recorder.failedGet(recorder.beginGet(), 'x'),
      () => recorder.set(recorder.beginSet()),
      () => recorder.failedSet(recorder.beginSet(), 'x'),
      () => recorder.loaded(1),
    ]) {
      record();
    }
    expect([watch.isEnabled, await lookups(), readings()]).toStrictEqual([false, { 'near hit': 1 }, 0]);
    watch.enable();
    watch.enable();
    recorder.miss(recorder.beginGet());
    expect([watch.isEnabled, await lookups()]).toStrictEqual([
      true,
      { 'near hit': 1, 'near miss': 1, 'far miss': 1 },
    ]);
    expect(telemetry.component('cache').counts().operations).toBe(2);
    expect(readings()).toBe(1);
  });

  it('stays unwatched where telemetry is off', () => {
    const { telemetry, watch, recorder } = setUp(false);
    recorder.miss(recorder.beginGet());
    expect([watch.isEnabled, telemetry.component('cache').counts().operations]).toStrictEqual([false, 0]);
    expect(instrumentCache(telemetry, { name: 'x', tiers: [] }).isEnabled).toBe(false);
  });

  it('needs no state, and one without tiers still tells who waited', () => {
    const telemetry = initTelemetry({ version: '1' });
    const recorder = instrumentCache<never>(telemetry, {
      name: 'flights',
      tiers: [],
      synchronous: true,
    }).recorder();
    recorder.shared(recorder.beginGet());
    expect(telemetry.component('cache').counts().operations).toBe(1);
  });
});
